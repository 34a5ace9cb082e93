import type { Client } from './client.ts';

/** Writes down what was seen at a step: error codes, offsets, never times or ids that differ from run to run. */
export type Note = (step: string, seen: unknown) => void;

/** A dialogue with a broker, the same for every broker. */
export type Script = (client: Client, note: Note) => Promise<void>;

export type Transcript = Record<string, unknown>;

/** Runs the script and gives what it noted, as JSON has it. */
export async function transcribe(script: Script, client: Client): Promise<Transcript> {
  const transcript: Transcript = {};
  await script(client, (step, seen) => {
    if (step in transcript) throw new Error(`two steps are called '${step}'`);
    transcript[step] = seen;
  });
  return JSON.parse(JSON.stringify(transcript)) as Transcript;
}
