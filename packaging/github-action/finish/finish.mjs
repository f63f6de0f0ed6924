/** Writes what the cloud refused to GITHUB_STEP_SUMMARY, and stops it. Does nothing where none was started. */
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const {
  CLOUD_IMAGES_EMULATOR_URL: url,
  CLOUD_IMAGES_EMULATOR_TOKEN: token,
  GITHUB_STEP_SUMMARY,
} = process.env;
if (url && token) {
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (status) => {
    const answer = await fetch(`${url}/emulator/requests?limit=1000&status=${status}`, { headers });
    return (await answer.json()).requests;
  };
  const refused = [...(await ask('4xx')), ...(await ask('5xx'))]
    .filter(({ path }) => !path.startsWith('/emulator'))
    .sort((one, other) => one.time.localeCompare(other.time));
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, summarize(refused));
  console.log(`${refused.length} requests were refused.`);
  await fetch(`${url}/emulator/stop`, { method: 'POST', headers });
  for (let ended = false; !ended; await delay(50))
    ended = await fetch(`${url}/emulator/health`).then(
      () => false,
      () => true,
    );
}

/** A table of what was refused, the same requests in one row. */
function summarize(refused) {
  const rows = new Map();
  for (const { method, path, status, rule = '', fault } of refused) {
    const row = `| ${status} | \`${method} ${cell(path)}\` | ${fault ? 'injected fault' : cell(rule)} |`;
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  if (rows.size === 0) return '### Cloud Images\n\nThe cloud refused nothing.\n';
  const lines = [...rows].map(([row, count]) => `${row} ${count} |\n`);
  return `### Cloud Images\n\nThe cloud refused ${refused.length} ${refused.length === 1 ? 'request' : 'requests'}.\n\n| status | request | rule | times |\n|---|---|---|---|\n${lines.join('')}`;
}

/** A client chose it. */
function cell(text) {
  return text.replace(/[`|\\<>\r\n]/g, (letter) => `&#${letter.codePointAt(0)};`);
}
