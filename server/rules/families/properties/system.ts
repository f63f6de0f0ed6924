import { nearest } from '../../nearest.ts';
import { encryptionSource, guideSource } from '../../properties/property.ts';
import { findProperty } from '../../properties/table.ts';
import type { Rule } from '../../rule.ts';
import { show, uuid } from '../../service/attributes.ts';
import { kinds, setFix } from './fixes.ts';

const common = { kinds, profile: 'openstack', source: guideSource } as const;
const signature = [
  'img_signature',
  'img_signature_hash_method',
  'img_signature_key_type',
  'img_signature_certificate_uuid',
];

/** The guest's name and version, signatures and encryption. */
export const systemRules: readonly Rule[] = [
  {
    ...common,
    id: 'os/distro',
    severity: 'information',
    summary: 'Tools and libosinfo know distributions by short names in lower case.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_distro: org.debian\n',
      good: 'name: web\nos_distro: debian\n',
    },
    *check({ properties }) {
      for (const set of properties())
        for (const { name, text, pointer } of set.stated) {
          const meant = name === 'os_distro' ? distributionMeant(text) : undefined;
          if (meant === undefined) continue;
          yield {
            pointer,
            message: `Tools look for '${meant}', and do not know ${show(text)}.`,
            fixes: setFix(set, name, meant),
          };
        }
    },
  },
  {
    ...common,
    id: 'os/version-word',
    severity: 'warning',
    source: 'YAML, which reads 22.10 as the number 22.1',
    summary: 'Ubuntu’s versions end in .04 or .10; 22.1 is what YAML makes of 22.10 without quotes.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_distro: ubuntu\nos_version: "22.1"\n',
      good: 'name: web\nos_distro: ubuntu\nos_version: "22.10"\n',
    },
    *check({ properties }) {
      for (const set of properties()) {
        if (set.all['os_distro']?.toLowerCase() !== 'ubuntu') continue;
        for (const { name, text, pointer } of set.stated) {
          const lost = name === 'os_version' ? /^(\d+)\.([14])$/.exec(text) : null;
          if (!lost) continue;
          const version = `${lost[1]}.${lost[2] === '1' ? '10' : '04'}`;
          yield {
            pointer,
            message: `There is no Ubuntu ${text}. Write '${version}', in quotes.`,
            fixes: setFix(set, name, version),
          };
        }
      }
    },
  },
  {
    ...common,
    id: 'signature/incomplete',
    severity: 'warning',
    restsOnImage: true,
    summary:
      'Glance checks a signature by four properties together; without one of them it checks nothing, and who insists on signatures refuses the image.',
    example: {
      kind: 'image',
      bad: 'name: web\nimg_signature_hash_method: SHA-256\n',
      good: `name: web\nimg_signature: c2lnbmVk\nimg_signature_hash_method: SHA-256\nimg_signature_key_type: RSA-PSS\nimg_signature_certificate_uuid: 0f4b1a2c-3d4e-4f50-8a61-72b3c4d5e6f7\n`,
    },
    *check({ properties }) {
      for (const { stated, all, complete } of properties()) {
        const first = stated.find(({ name }) => signature.includes(name));
        const missing = signature.filter((name) => !Object.hasOwn(all, name));
        if (!first || !complete || missing.length === 0) continue;
        yield {
          pointer: first.pointer,
          message: `The signature is not checked: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
        };
      }
    },
  },
  {
    ...common,
    id: 'signature/value',
    severity: 'warning',
    summary: 'A signature is base 64, and its certificate the UUID of a secret of the key manager.',
    example: {
      kind: 'image',
      bad: `name: web\nimg_signature: c2lnbmVk\nimg_signature_hash_method: SHA-256\nimg_signature_key_type: RSA-PSS\nimg_signature_certificate_uuid: our-certificate\n`,
      good: `name: web\nimg_signature: c2lnbmVk\nimg_signature_hash_method: SHA-256\nimg_signature_key_type: RSA-PSS\nimg_signature_certificate_uuid: 0f4b1a2c-3d4e-4f50-8a61-72b3c4d5e6f7\n`,
    },
    *check({ properties }) {
      for (const { stated } of properties())
        for (const { name, text, pointer } of stated)
          if (name === 'img_signature' && !/^[\w+/=\s-]*$/.test(text))
            yield {
              pointer,
              message: 'A signature is written in base 64, and this is not. Upload is refused.',
            };
          else if (name === 'img_signature_certificate_uuid' && !uuid.test(text))
            yield { pointer, message: `${show(text)} is no UUID of a secret, and no certificate is found.` };
    },
  },
  {
    ...common,
    id: 'encrypt/incomplete',
    severity: 'warning',
    restsOnImage: true,
    source: encryptionSource,
    summary: 'An encrypted image says how it is encrypted and by which key.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_encrypt_format: LUKSv1\n',
      good: 'name: web\nos_encrypt_format: LUKSv1\nos_encrypt_key_id: 0f4b1a2c-3d4e-4f50-8a61-72b3c4d5e6f7\n',
    },
    *check({ properties }) {
      for (const { stated, all, complete } of properties())
        for (const { name, pointer } of complete ? stated : []) {
          if (!/^os_(?:en|de)crypt_/.test(name)) continue;
          const missing = findProperty(name)?.needs?.find((need) => !Object.hasOwn(all, need.property));
          if (missing)
            yield { pointer, message: `'${name}' goes with ${missing.property}, which is missing.` };
        }
    },
  },
];

/** Spellings that the guide and practice know as wrong. */
const otherNames: Readonly<Record<string, string>> = {
  'alma linux': 'almalinux',
  archlinux: 'arch',
  fedoraproject: 'fedora',
  mswindows: 'windows',
  redhat: 'rhel',
  'red hat': 'rhel',
  redhatenterprise: 'rhel',
  rockylinux: 'rocky',
  suse: 'opensuse',
  win: 'windows',
  'microsoft.server': 'windows',
  windoze: 'windows',
};

/** The name that is meant by one that tools do not know; undefined where it is known, or nothing like it is. */
function distributionMeant(text: string): string | undefined {
  const known = findProperty('os_distro')?.values ?? [];
  if (known.includes(text)) return undefined;
  const plain = text.toLowerCase().replace(/^(?:org|com|net)\./, '');
  if (known.includes(plain)) return plain;
  const other = Object.hasOwn(otherNames, plain) ? otherNames[plain] : undefined;
  return other ?? nearest(plain, known, 1);
}
