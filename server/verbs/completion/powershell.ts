import { type Option, type Positional, summarize, type Verb } from '../definition.ts';
import { type CompletedVerb, candidatesOf, readVerbs } from './values.ts';

/** The script for Windows PowerShell 5.1 and PowerShell 7. Where it answers nothing, PowerShell completes files itself. */
export function powershellScript(verbs: readonly Verb[]): string {
  const all = readVerbs(verbs);
  return `# Completion of cloud-images for PowerShell, made by: cloud-images completion powershell
Register-ArgumentCompleter -Native -CommandName cloud-images -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $verbs = @{
${all.map(verbEntry).join('\n')}
  }
  $briefs = @{
${all
  .filter(({ words }) => words === 2)
  .map(({ verb }) => `    ${quote(verb.name)} = ${quote(summarize(verb))}`)
  .join('\n')}
  }
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $answer = {
    param($text, $help)
    if ($text -like "$wordToComplete*") {
      if (-not $help) { $help = $text }
      [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $help)
    }
  }
  if ($words.Count -lt 2) {
    foreach ($name in ($briefs.Keys | Sort-Object)) { & $answer $name $briefs[$name] }
    return
  }
  $verb = $verbs[$words[1]]
  if ($null -eq $verb) { return }
  $at = 2
  if ($words.Count -gt 2 -and $verbs.ContainsKey("$($words[1]) $($words[2])")) {
    $verb = $verbs["$($words[1]) $($words[2])"]
    $at = 3
  }
  $option = $words[-1]
  $prefix = ''
  if ($wordToComplete -match '^(--[^=]+=)') {
    $prefix = $Matches[1]
    $option = $prefix.TrimEnd('=')
  } elseif ($wordToComplete -like '-*') {
    foreach ($name in ($verb.Keys | Where-Object { $_ -like '-*' } | Sort-Object)) { & $answer $name $verb[$name].Help }
    return
  }
  $place = $verb[$option]
  if ($null -eq $place -or -not $place.Takes) {
    $place = $verb['others']
    if ($words.Count -eq $at -and $verb.ContainsKey('first')) { $place = $verb['first'] }
  }
  if ($null -eq $place) { return }
  if ($place.Names) { foreach ($name in @(cloud-images completion $place.Names 2>$null)) { & $answer "$prefix$name" '' } }
  foreach ($name in @($place.Words)) { if ($name) { & $answer "$prefix$name" '' } }
}
`;
}

function verbEntry({ verb: { name, options }, first, others }: CompletedVerb): string {
  const entries = Object.entries(options).flatMap(([option, definition]) => {
    const place = placeEntry(
      definition,
      definition.help,
      definition.type === 'string' && !definition.takesNext,
    );
    return [`--${option}`, ...(definition.short ? [`-${definition.short}`] : [])].map(
      (spelled) => `      ${quote(spelled)} = ${place}`,
    );
  });
  const take = (where: string, place: Positional | undefined): string[] =>
    place ? [`      '${where}' = ${placeEntry(place, '', true)}`] : [];
  const places = [...take('first', first), ...take('others', others)];
  return `    ${quote(name)} = @{\n${[...entries, ...places].join('\n')}\n    }`;
}

function placeEntry(place: Pick<Option, 'choices' | 'completes'>, help: string, takes: boolean): string {
  const candidates = candidatesOf(place);
  const words = candidates.type === 'words' ? `; Words = @(${candidates.words.map(quote).join(', ')})` : '';
  const names = candidates.type === 'names' ? `; Names = ${quote(candidates.names)}` : '';
  return `@{ Takes = $${takes}; Help = ${quote(help)}${words}${names} }`;
}

/** PowerShell takes typographic quotes for quotes too. */
function quote(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
