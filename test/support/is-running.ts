import { spawnSync } from 'node:child_process';

/** Whether a process is at work. One that has ended but that its parent has not asked after yet (a zombie) is not. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  const state = stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
