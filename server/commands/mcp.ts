import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { AgentCloud } from '../agents/agentCloud.ts';
import { openPlanBook } from '../agents/planBook.ts';
import type { AgentScene, Allowance } from '../agents/scene.ts';
import type { ConnectionChoice } from '../cloud/run/undo.ts';
import { exitCodes } from '../commandLine.ts';
import { openJudge } from '../lint/judge.ts';
import { createMcpServer } from '../mcp/server.ts';
import type { Values } from '../verbs/definition.ts';
import { mcpVerb } from '../verbs/mcp.ts';
import { type Connected, pickChoice } from './connection.ts';
import { openFolder } from './parts.ts';
import { connect, runVerb, type VerbRun, warn } from './verb.ts';

/** `cloud-images mcp`. Standard output is the protocol's alone. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(mcpVerb, args, async ({ values }, running) => {
    const scene = openScene(values, values['allow-cloud'] ?? 'none', running);
    const log = (line: string): void => warn(line);
    const options = { scene, allowApply: values['allow-apply'], log };
    const served = serveStdio(() => createMcpServer(options), { onerror: ({ message }) => log(message) });
    await untilEnd(running.signal);
    await served.close();
    return running.signal.aborted ? exitCodes.interrupted : exitCodes.done;
  });
}

/** Resolves when the client closes standard input, or a person stops it. */
async function untilEnd(signal: AbortSignal): Promise<void> {
  try {
    await once(process.stdin, 'close', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function openScene(
  values: Values<typeof mcpVerb.options>,
  allowance: Allowance,
  running: VerbRun,
): AgentScene {
  const choice = chooseCloud(pickChoice(values), allowance);
  const isSandbox = isOwnEmulator(choice.emulator);
  const label = isSandbox
    ? 'Emulator'
    : (choice.cloud ?? choice.emulator ?? process.env['OS_CLOUD'] ?? 'the cloud of OS_AUTH_URL');
  const { profile } = values;
  let kept: Promise<Connected> | undefined;
  /** An emulator may be another one by the next call. */
  const open = async (): Promise<Connected> => {
    const opened = kept ?? connect({ ...choice, verbose: values.verbose }, running);
    kept = isSandbox ? undefined : opened;
    return opened.catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
  };
  let published: Connected['published'] | undefined;
  const openWorkspace: AgentScene['openWorkspace'] = () => openFolder(profile ? { profile } : {}, published);
  return {
    place: () => ({ isSandbox, label }),
    connect: async () => {
      const connected = await open();
      if (isSandbox) await proveEmulator(connected);
      ({ published } = connected);
      return toAgentCloud(connected, isSandbox, label);
    },
    openWorkspace,
    roots: () => [process.cwd()],
    judge: (path, bytes) =>
      openJudge({
        fix: false,
        kind: undefined,
        profile,
        requireDisks: false,
        workspace: openWorkspace(),
      }).text(path, bytes),
    allowance: () => allowance,
    remedy: 'cloud-images mcp --allow-cloud read or apply allows it',
    plans: openPlanBook(),
  };
}

/** A real cloud is worked in where it is named, or something is allowed there. */
function chooseCloud(choice: ConnectionChoice, allowance: Allowance): ConnectionChoice {
  const isNamed = choice.cloud !== undefined || choice.emulator !== undefined;
  return isNamed || allowance !== 'none' ? choice : { ...choice, emulator: '' };
}

/** An address may be anybody's; an emulator on a data folder proves itself by the token there. */
function isOwnEmulator(where: string | undefined): boolean {
  return where !== undefined && !/^https?:/.test(where);
}

/** Throws CloudError where something else answers at the emulator's address by now. */
async function proveEmulator({ control }: Connected): Promise<void> {
  if (!control) throw new Error('The emulator has no control token.');
  await control.status();
}

function toAgentCloud(
  { cloud, caller, control, interval, choice, place: key }: Connected,
  isSandbox: boolean,
  label: string,
): AgentCloud {
  return { cloud, caller, interval, choice, key, isSandbox, label, ...(control ? { control } : {}) };
}
