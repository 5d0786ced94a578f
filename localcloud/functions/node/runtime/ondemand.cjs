'use strict';
/*
 * Packages of AWS's SDK whose names a function makes up while it runs, as CDK's AwsCustomResource does.
 *
 * What the sources name was installed before the start (localcloud/functions/node/sdk.py); these are found,
 * or installed, when they are imported. The folders are the same.
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const PACKAGE = /^((?:@aws-sdk|@smithy)\/[a-z0-9.-]+)(?:\/|$)/;
const OPTIONS = ['--omit=dev', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
const failed = new Set();

/**
 * Return the folder of a set of packages that has the one that a specifier names.
 *
 * @param {string} specifier as `@aws-sdk/client-s3`
 * @param {string} root the sets' folder, whose name ends in the day that they are of
 * @returns {string | undefined} nothing for another package, or where npm fails
 */
function provide(specifier, root) {
  const name = PACKAGE.exec(specifier)?.[1];
  if (!name || !root || failed.has(name)) return undefined;
  const folder = kept(name, root) ?? installed(name, root);
  if (!folder) failed.add(name);
  return folder;
}

function kept(name, root) {
  const sets = fs.existsSync(root) ? fs.readdirSync(root) : [];
  return sets
    .filter((set) => set.startsWith('set-'))
    .map((set) => path.join(root, set))
    .find((folder) => fs.existsSync(path.join(folder, 'node_modules', name)));
}

function installed(name, root) {
  const day = path.basename(root).replace('sdk-', '');
  process.stdout.write(`localcloud: installing ${name} (npm, once; as of ${day})\n`);
  fs.mkdirSync(root, { recursive: true });
  const workplace = fs.mkdtempSync(path.join(root, '.filling-'));
  try {
    fs.writeFileSync(path.join(workplace, 'package.json'), '{"private": true}');
    const { NODE_OPTIONS, NODE_PATH, ...env } = process.env;
    const run = spawnSync('npm', ['install', '--save', `--before=${day}`, ...OPTIONS, '--', name], {
      cwd: workplace,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (run.status !== 0) {
      const reason = run.error?.message ?? run.stderr.toString().split('\n')[0];
      process.stdout.write(`localcloud: ${name} cannot be installed: ${reason}\n`);
      return undefined;
    }
    const digest = createHash('sha256').update(`${name}\n`).digest('hex').slice(0, 16);
    const folder = path.join(root, `set-${digest}`);
    if (!fs.existsSync(folder)) fs.renameSync(workplace, folder);
    return folder;
  } finally {
    fs.rmSync(workplace, { recursive: true, force: true });
  }
}

module.exports = { provide };
