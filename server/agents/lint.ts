import { manifestInput, readTexts } from './manifests.ts';
import { dataNotice } from './results.ts';
import type { AgentTool } from './scene.ts';

/** The most findings of one answer: whoever has more mends these first. */
const maximumFindings = 50;

export const lintTool: AgentTool = {
  name: 'cloud_images_lint',
  title: 'Check image manifests',
  description:
    'Checks manifests by the rules of the cloud, without asking it: findings with line, rule and remedy. Give paths, or text and kind.',
  effect: 'read',
  input: { type: 'object', properties: manifestInput, additionalProperties: false },
  output: {
    type: 'object',
    properties: {
      files: { type: 'integer' },
      errors: { type: 'integer' },
      findings: { type: 'array', items: { type: 'object' } },
      left_out: { type: 'integer' },
      note: { type: 'string' },
    },
    required: ['files', 'errors', 'findings', 'note'],
  },
  run: async (input, scene) => {
    const texts = await readTexts(input, scene, scene.openWorkspace());
    const findings = [];
    for (const { name, path, bytes } of texts) {
      const report = await scene.judge(path, bytes);
      findings.push(
        ...report.findings
          .filter(({ severity }) => severity !== 'hint')
          .map(({ rule, severity, message, line, column }) => ({
            file: name,
            line,
            column,
            severity,
            rule,
            message,
          })),
      );
    }
    const shown = findings.slice(0, maximumFindings);
    return {
      files: texts.length,
      errors: findings.filter(({ severity }) => severity === 'error').length,
      findings: shown,
      ...(shown.length < findings.length ? { left_out: findings.length - shown.length } : {}),
      note: dataNotice,
    };
  },
};
