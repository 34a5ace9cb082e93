import type { FunctionSpec } from '../function-spec.ts';
import { expectCount, unexpected } from '../function-spec.ts';
import { isWindowType, windowTime } from '../window-call.ts';

export const WINDOW_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'window_time',
    family: 'time',
    signature: 'window_time(w window) -> timestamp',
    summary: 'the event time of a window: its last microsecond',
    build: (site) => {
      expectCount(site, 1);
      const window = site.operand(0);
      if (!isWindowType(window.type)) throw unexpected(site, 0, window, 'a window');
      return windowTime(window, site.span);
    },
  },
];
