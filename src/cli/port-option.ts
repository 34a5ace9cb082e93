import { InvalidArgumentError, Option } from 'commander';
import type { Override } from '../service/config/layers.ts';

/** `--port`, which stands for the setting `http.port`. */
export const portOption = (): Option =>
  new Option('--port <number>', 'port of the HTTP server; 0 takes any free one').argParser((text): Override => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
      throw new InvalidArgumentError('Write a number from 0 to 65535.');
    return { path: 'http.port', value: Number(text), option: '--port' };
  });
