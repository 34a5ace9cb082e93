import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Diagnostics } from '../../src/core/diagnostic.ts';
import { loadConfig } from '../../src/service/config/load-config.ts';
import type { LoadedConfig } from '../../src/service/config/load-config.ts';

const FOLDER = fileURLToPath(new URL('../../config', import.meta.url));
const PROFILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

function load(profile: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const diagnostics = new Diagnostics();
  const inputs = { topologies: [], directory: FOLDER, profile, env, overrides: [] };
  const loaded = loadConfig(inputs, diagnostics, new Map());
  if (loaded === null) throw new Error(diagnostics.all.map((d) => `${d.span.file}: ${d.message}`).join('\n'));
  return loaded;
}

/** What a profile says itself: path -> value. */
const ownValues = (profile: string): Record<string, unknown> =>
  Object.fromEntries(
    load(profile)
      .values.filter(({ origin }) => origin.includes(`${profile}.yaml:`))
      .map(({ path, value }) => [path, value]),
  );

describe('the profiles in config/', () => {
  test('are these', () => {
    expect(PROFILES.toSorted()).toEqual(['default', 'development', 'production']);
  });

  test('default says nothing but what is built in', () => {
    expect(ownValues('default')).toEqual({});
  });

  test('production keeps internal topics on three brokers, compressed', () => {
    expect(ownValues('production')).toEqual({ replicationFactor: 3, compression: 'lz4' });
    expect(load('production').config.defaults).toMatchObject({ replicationFactor: 3, compression: 'lz4' });
  });

  test('development is content with one broker, and misses a dead process soon', () => {
    expect(ownValues('development')).toEqual({ replicationFactor: 1, sessionTimeout: '6 s' });
  });

  test.each(PROFILES)('%s gives way to the environment', (profile) => {
    const env = { MILLRACE_REPLICATIONFACTOR: '2', MILLRACE_SESSIONTIMEOUT: '20 s', MILLRACE_COMPRESSION: 'zstd' };
    const { defaults } = load(profile, env).config;
    expect(defaults).toMatchObject({ replicationFactor: 2, sessionTimeoutMs: 20_000, compression: 'zstd' });
  });
});
