// Puts the foreign clients that judge us where the tests and the benchmark look for them. AzCopy goes into a cache below
// node_modules and never into package.json; rclone and the library that AzCopy links come from the system's own packages.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const version = '10.32.2';
const cache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'witness');
const azcopy = join(cache, `azcopy-${version}`);

function works(command, ...words) {
  try {
    execFileSync(command, words, { stdio: ['ignore', 'ignore', 'ignore'], timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

/** The npm build is not executable as installed, so a copy is; renamed into place, so that a broken install leaves nothing. */
function installAzCopy() {
  const folder = join(cache, 'install');
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const command = ['install', ...flags, '--prefix', folder, `@azure-tools/azcopy-linux@${version}`];
  execFileSync('npm', command, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 120_000 });
  const binary = 'node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64';
  copyFileSync(join(folder, binary), `${azcopy}.new`);
  chmodSync(`${azcopy}.new`, 0o755);
  renameSync(`${azcopy}.new`, azcopy);
}

function installSystemPackages() {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const words of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', 'rclone', 'libsecret-1-0'],
  ]) {
    const [command, ...rest] = [...asRoot, ...words];
    execFileSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

/** Says in words what the machine lacks: a registry or mirror out of reach is no defect of the product. */
function install(what, from, work) {
  try {
    work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fail(`The tests with foreign clients cannot run: ${what} could not be had from ${from} (${reason}).
Either it is out of reach of this machine, or not permitted. Without foreign clients: npm test.`);
  }
}

if (process.platform !== 'linux' || process.arch !== 'x64') fail('The witnesses run on Linux x64 only.');
if (!existsSync(azcopy)) install('AzCopy', 'the npm registry', installAzCopy);
const missing = () =>
  [works('rclone', 'version') ? '' : 'rclone', works(azcopy, '--version') ? '' : 'libsecret-1-0'].filter(
    Boolean,
  );
if (missing().length > 0 && process.argv.includes('--system')) {
  install(missing().join(', '), "the system's packages", installSystemPackages);
}
if (missing().length > 0) {
  fail(
    `The tests with foreign clients cannot run: ${missing().join(', ')} missing.
Install: apt-get install rclone libsecret-1-0, or run this with --system, as root or with sudo. Without them: npm test.`,
  );
}
