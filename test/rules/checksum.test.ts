import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChecksum, readChecksum } from '../../server/rules/source/checksum.ts';
import { isReplaced, nameReplaced, usualName } from '../../server/rules/source/rotation.ts';

const hex = (digits: number): string => 'Ab'.repeat(digits / 2);

test('a checksum is HASH:DIGITS in any case; of others it is said what is wrong, and what was meant', () => {
  assert.deepEqual(readChecksum(`SHA256:${hex(64)}`), { algorithm: 'sha256', value: hex(64).toLowerCase() });
  assert.deepEqual(readChecksum(`sha-512:${hex(128)}`), {
    algorithm: 'sha512',
    value: hex(128).toLowerCase(),
  });
  const cases: readonly [text: string, problem: RegExp, instead?: string][] = [
    [hex(64), /does not say its hash/, `sha256:${hex(64).toLowerCase()}`],
    ['SHA256SUMS', /does not say its hash/],
    ['crc32:00000000', /names the hash 'crc32'/],
    ['sha256:xyz', /other characters than hexadecimal digits/],
    [`sha512:${hex(64)}`, /has 64 hexadecimal digits, and a sha512 has 128/],
  ];
  for (const [text, problem, instead] of cases) {
    const read = readChecksum(text);
    assert.ok('problem' in read, text);
    assert.match(read.problem, problem);
    assert.equal(read.instead, instead);
  }
});

test('a file is found in lists of each form by its name, and of several hashes the strongest counts', () => {
  const found = (list: string) => findChecksum(list, 'disk.qcow2')?.algorithm;
  assert.equal(found(`${hex(64)}  disk.qcow2\n`), 'sha256');
  assert.equal(found(`${hex(64)} *disk.qcow2\r\n`), 'sha256');
  assert.equal(found(`${hex(64)}  ./images/disk.qcow2\n`), 'sha256');
  assert.equal(found(`SHA512 (disk.qcow2) = ${hex(128)}\nSHA256 (disk.qcow2) = ${hex(64)}\n`), 'sha512');
  assert.equal(found(`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n${hex(64)}  disk.qcow2\n`), 'sha256');
  assert.equal(found(`${hex(64)}\n`), 'sha256', 'a checksum alone');
  assert.equal(found(`${hex(64)}  disk.qcow2.xz\n${hex(64)}  my-disk.qcow2\n`), undefined);
  assert.equal(found(`MD5 (disk.qcow2) = ${hex(64)}\n`), undefined, 'the name and the digits differ');
  assert.equal(found(''), undefined);
});

test('a replaced image is named after the day it was made, and known by that name', () => {
  const rotation = { name: usualName };
  assert.equal(nameReplaced(rotation, 'a$& (b)', '2026-11-29T01:02:03Z'), 'a$& (b) (20261129)');
  assert.equal(isReplaced(rotation, 'a$& (b)', 'a$& (b) (20261129)'), true);
  for (const other of ['a$& (b)', 'a$& (b) (2026)', 'xa$& (b) (20261129)', 'a$& (b) (20261129) x'])
    assert.equal(isReplaced(rotation, 'a$& (b)', other), false, other);
});
