import * as vscode from 'vscode';
import type { Image } from '../../server/cloud/services/images.ts';
import type { CloudError } from '../../server/cloud/session/errors.ts';
import { tokensOf } from '../../server/rules/json.ts';
import type { Operation } from '../../server/rules/service/patchBody.ts';
import { judgeData } from '../../server/workspace/judge.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import { describeError } from '../ui/errors.ts';
import { findRefusedNames, formatOf, locateProperty, parseImage } from './imageText.ts';
import { rangeOf } from './saveConflict.ts';

/** A patch that the cloud has refused. */
interface RefusedSave {
  readonly uri: vscode.Uri;
  readonly text: string;
  readonly operations: readonly Operation[];
  readonly error: CloudError;
  readonly theirs: Image;
}

/** Marks the property that the cloud's words are about; what the editor has marked for the same reason is not said twice. */
export function markRefusal(
  { uri, text, operations, error, theirs }: RefusedSave,
  connection: Connection | undefined,
): vscode.Diagnostic[] {
  const format = formatOf(uri.path);
  const mine = parseImage(text, format);
  const own =
    connection && mine instanceof Map
      ? judgeData('image', Object.fromEntries(mine), {
          profile: connection.profile,
          caller: connection.caller,
          image: theirs,
          opened: true,
        })
      : [];
  const isMarked = (name: string) =>
    own.some(({ rule, pointer }) => rule === error.rule && tokensOf(pointer)[0] === name);
  return findRefusedNames(operations, error.text)
    .filter((name) => !isMarked(name))
    .map((name) => {
      const diagnostic = new vscode.Diagnostic(
        rangeOf(text, locateProperty(text, name, format)),
        describeError(error),
        vscode.DiagnosticSeverity.Error,
      );
      diagnostic.source = 'Cloud';
      if (error.rule) diagnostic.code = error.rule;
      return diagnostic;
    });
}
