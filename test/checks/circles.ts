import { dirname, normalize } from 'node:path';

/** The circles of imports among files, those of types too, each as the files that it goes through. */
export function findCircles(files: ReadonlyMap<string, string>): string[][] {
  const imports = new Map([...files].map(([file, text]) => [file, importsOf(file, text, files)]));
  const circles: string[][] = [];
  const index = new Map<string, number>();
  const stack: string[] = [];
  for (const file of files.keys()) if (!index.has(file)) visit(file);
  return circles;

  /** Tarjan: what reaches back to an earlier file of the stack is in one circle with it. */
  function visit(file: string): number {
    index.set(file, index.size);
    let lowest = index.get(file) ?? 0;
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!index.has(target)) lowest = Math.min(lowest, visit(target));
      else if (stack.includes(target)) lowest = Math.min(lowest, index.get(target) ?? 0);
    }
    if (lowest === index.get(file)) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle);
    }
    return lowest;
  }
}

function importsOf(file: string, text: string, files: ReadonlyMap<string, string>): string[] {
  const found = text.matchAll(/^(?:import|export)\s+[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm);
  return [...found]
    .map(([, from, late]) => normalize(`${dirname(file)}/${from ?? late}`).replaceAll('\\', '/'))
    .filter((target) => files.has(target));
}
