import type { Json } from '../../../server/rules/json.ts';

/** A thing of the cloud, and how it is asked for. */
export interface Asked {
  /** Its address, without token. */
  readonly url: string;
  /** Of the command-line client, after its options: `image show ID`. Absent where it has no such command. */
  readonly openstack?: readonly string[];
  /** A call of openstacksdk's connection: `conn.image.get_image("ID")`. */
  readonly python: string;
  /** Sent by POST, to create it. */
  readonly body?: Json;
}

/** How the clients find the cloud: an entry of clouds.yaml, or `OS_*` variables. */
export interface Surroundings {
  readonly cloud?: string;
  /** Empty where none is chosen. */
  readonly region: string;
}

export const requestForms = ['openstack', 'curl', 'Python'] as const;
export type RequestForm = (typeof requestForms)[number];

/** Writes a request as somebody types it; tokens and passwords are variables. Undefined where the form has no words for it. */
export function writeRequest(form: RequestForm, asked: Asked, around: Surroundings): string | undefined {
  if (form === 'curl') return writeCurl(asked, around);
  if (form === 'Python') return writePython(asked, around);
  if (!asked.openstack) return undefined;
  return ['openstack', ...listOptions(around), ...asked.openstack.map(quote)].join(' ');
}

function writeCurl({ url, body }: Asked, around: Surroundings): string {
  const data =
    body === undefined ? '' : ` \\\n  -H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`;
  return `${signIn(around)}\ncurl -sS -H "X-Auth-Token: $OS_TOKEN"${data} \\\n  ${quote(url)}`;
}

/** Signs in for curl, without a secret. */
export function signIn(around: Surroundings): string {
  return `OS_TOKEN=$(openstack ${listOptions(around).join(' ')} token issue -f value -c id)`;
}

function writePython({ python, body }: Asked, around: Surroundings): string {
  return [
    ...(body === undefined ? [] : ['import json', '']),
    'import openstack',
    '',
    ...openConnection(around),
    ...(body === undefined ? [] : [`body = json.loads(${JSON.stringify(JSON.stringify(body))})`]),
    `print(${python})`,
  ].join('\n');
}

/** Connects with openstacksdk. */
export function openConnection({ cloud, region }: Surroundings): string[] {
  const where = [
    ...(cloud === undefined ? [] : [`cloud=${JSON.stringify(cloud)}`]),
    ...(region === '' ? [] : [`region_name=${JSON.stringify(region)}`]),
  ];
  return [
    ...(cloud === undefined ? ['# Signs in with the OS_* variables of the environment.'] : []),
    `conn = openstack.connect(${where.join(', ')})`,
  ];
}

function listOptions({ cloud, region }: Surroundings): string[] {
  return [
    ...(cloud === undefined ? [] : ['--os-cloud', quote(cloud)]),
    ...(region === '' ? [] : ['--os-region-name', quote(region)]),
  ];
}

/** Writes a word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
