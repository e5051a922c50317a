import { renderFinding } from '../../../reports/render-finding.ts';
import { reportedFinding } from '../../../reports/reported-finding.ts';
import type { Judgement } from '../../checkers/rule.ts';

/**
 * Ends a test whose judgement is no *pass*. The judgement travels with the error, so that each round of a
 * repeated test keeps its own.
 */
export class JudgementError extends Error {
  readonly judgement: Judgement;

  constructor(judgement: Judgement) {
    const findings = judgement.findings.map((finding) => renderFinding(reportedFinding(finding)));
    super(judgement.verdict === 'fail' && findings.length > 0 ? findings.join('\n\n') : judgement.reason);
    this.name = 'JudgementError';
    this.judgement = judgement;
  }
}
