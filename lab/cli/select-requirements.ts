import {
  isRequirementId,
  nearestId,
  type RequirementId,
  requirements,
} from '../../suites/requirements/registry.ts';
import { LabError } from '../errors.ts';

/**
 * The requirements that words on a command line mean: an ID (`LVS-DR-02`), or a family by the beginning of its
 * IDs (`LVS`, `LVS-DR`). No words mean all. Throws a `LabError` that names every word that means nothing.
 */
export function selectRequirements(words: readonly string[]): readonly RequirementId[] {
  const all = Object.keys(requirements).filter(isRequirementId);
  if (words.length === 0) return all;
  const unknown = words.filter((word) => matching(word, all).length === 0);
  if (unknown.length > 0)
    throw new LabError('LAB_USAGE', unknown.map((word) => explain(word, all)).join('\n'));
  const wanted = new Set(words.flatMap((word) => matching(word, all)));
  return all.filter((id) => wanted.has(id));
}

function matching(word: string, all: readonly RequirementId[]): readonly RequirementId[] {
  const text = word.toUpperCase();
  return all.filter((id) => id === text || id.startsWith(`${text}-`));
}

function explain(word: string, all: readonly string[]): string {
  const nearest = nearestId(word.toUpperCase());
  const families = [...new Set(all.map((id) => id.replace(/-\d+$/, '')))].join(', ');
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `no requirement is called "${word}"; there are IDs of the families ${families} (\`halab list\` shows all)${hint}`;
}
