import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { AgentCloud } from '../agents/agentCloud.ts';
import { openPlanBook } from '../agents/planBook.ts';
import { type AgentScene, type Allowance, allowances } from '../agents/scene.ts';
import type { ConnectionChoice } from '../cloud/run/undo.ts';
import { exitCodes, exitCodesUsage, UsageError } from '../commandLine.ts';
import { openJudge } from '../lint/judge.ts';
import { createMcpServer } from '../mcp/server.ts';
import { type Connected, connectionUsage, pickChoice } from './connection.ts';
import { readProfile } from './options.ts';
import { openFolder } from './parts.ts';
import { connect, type Interrupt, readArguments, runVerb, warn } from './verb.ts';

const usage = `cloud-images mcp   tools for agents, by the Model Context Protocol over stdio

Agents list and show what is in the cloud, check and explain manifests, plan changes, and apply a plan. Before one is applied the
person is asked and sees each HTTP call. Manifests are those of the folder that it is run in.
Without --cloud and --allow-cloud it is the emulator that agents work in.

  --allow-cloud WHAT read or apply: what agents may do in a cloud that is no emulator; default nothing
  --allow-apply      applies without a question where the client cannot ask the person
${connectionUsage}

${exitCodesUsage}
  cloud-images mcp --emulator
  cloud-images mcp --cloud production --allow-cloud read
  {"mcpServers": {"cloud-images": {"command": "cloud-images", "args": ["mcp"]}}}
`;

/** `cloud-images mcp`. Standard output is the protocol's alone. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb('mcp', usage, args, async (interrupt) => {
    const { values, positionals } = readArguments(args, {
      'allow-cloud': { type: 'string', default: 'none' },
      'allow-apply': { type: 'boolean', default: false },
    });
    if (positionals.length > 0) throw new UsageError('It takes no paths: agents name those of this folder.');
    const allowance = allowances.find((one) => one === values['allow-cloud']);
    if (!allowance)
      throw new UsageError(`--allow-cloud takes read or apply, not '${values['allow-cloud']}'.`);
    const scene = openScene(values, allowance, interrupt);
    const log = (line: string): void => warn(line);
    const options = { scene, allowApply: values['allow-apply'], log };
    const served = serveStdio(() => createMcpServer(options), { onerror: ({ message }) => log(message) });
    await untilEnd(interrupt.signal);
    await served.close();
    return interrupt.signal.aborted ? exitCodes.interrupted : exitCodes.done;
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
  values: ConnectionChoice & { readonly verbose: boolean },
  allowance: Allowance,
  interrupt: Interrupt,
): AgentScene {
  const choice = chooseCloud(pickChoice(values), allowance);
  const isSandbox = isOwnEmulator(choice.emulator);
  const label = isSandbox
    ? 'Emulator'
    : (choice.cloud ?? choice.emulator ?? process.env['OS_CLOUD'] ?? 'the cloud of OS_AUTH_URL');
  const profile = readProfile(values.profile);
  let kept: Promise<Connected> | undefined;
  /** An emulator may be another one by the next call. */
  const open = async (): Promise<Connected> => {
    const opened = kept ?? connect({ ...choice, verbose: values.verbose }, interrupt);
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
