/**
 * Checks that a pattern may be given to the editor, which makes a backtracking expression of it: with 25 stars in one name
 * that would hang every window of the workspace. The command line and the language server match any pattern in linear time.
 */
export function isCheap(pattern: string): boolean {
  const count = (text: string, part: RegExp): number => [...text.matchAll(part)].length;
  return (
    pattern.length <= 1000 &&
    count(pattern, /\*\*/g) <= 3 &&
    count(pattern, /\{/g) <= 3 &&
    pattern.split('/').every((name) => count(name, /\*/g) <= 3)
  );
}
