import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ENGINE_REMEDY } from './container-engine.ts';
import type { ContainerEngine } from './container-engine.ts';
import { onPath } from './on-path.ts';
import { uniqueName } from './unique-name.ts';

/** The base that the Dockerfile names. */
const NAMED = 'node:24-slim';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const NODE_MODULES = '/usr/local/lib/node_modules';

const execute = promisify(execFile);

/**
 * An image to build ours upon: the one that the Dockerfile names, where the engine has it or pulls it; else one made here of Debian's
 * packages, this process's own Node and the npm on the PATH, under a name of its own. Takes half a minute to make, and root.
 */
export async function baseImage(engine: ContainerEngine): Promise<string> {
  for (const args of [
    ['image', 'inspect', NAMED],
    ['pull', '--quiet', NAMED],
  ]) {
    if ((await engine.run(args)).exitCode === 0) return NAMED;
  }
  const name = uniqueName('millrace-test-base');
  const archive = join(tmpdir(), `${name}.tar`);
  try {
    await bootstrap(archive);
    // Where the machine trusts authorities of its own, so does npm in the container.
    const trust = ['--change', `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`];
    await engine.output(['import', ...(existsSync(CERTIFICATES) ? trust : []), archive, name]);
  } finally {
    await rm(archive, { force: true });
  }
  return name;
}

/** A Debian with Node and npm as one archive; manuals and translations are left out. */
async function bootstrap(archive: string): Promise<void> {
  const npm = onPath('npm');
  if (npm === null || onPath('mmdebstrap') === null) {
    throw new Error(`${NAMED} is not to be had, and to make a base image takes npm and mmdebstrap; ${ENGINE_REMEDY}`);
  }
  const npmPackage = dirname(dirname(realpathSync(npm)));
  const hooks = [
    `copy-in ${process.execPath} /usr/local/bin`,
    `mkdir -p "$1${NODE_MODULES}"`,
    `copy-in ${npmPackage} ${NODE_MODULES}`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
    ...(existsSync(CERTIFICATES) ? [`copy-in ${CERTIFICATES} /etc/ssl/certs`] : []),
  ];
  const unused = ['doc', 'locale', 'man'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
  await execute('mmdebstrap', [
    '--quiet',
    '--variant=essential',
    '--include=ca-certificates,libstdc++6',
    '--dpkgopt=force-unsafe-io',
    ...unused,
    ...hooks.map((hook) => `--customize-hook=${hook}`),
    'bookworm',
    archive,
  ]);
}
