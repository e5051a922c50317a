import { defineFault } from './fault-kind.ts';
import { wireName } from './names.ts';
import { from, impairmentFault, towards, wayProblems, wayText } from './wire-fault.ts';

export const cut = defineFault({
  name: 'cut',
  summary: 'lets nothing pass on a segment or line, or between two parties on it, in either direction',
  healing: 'joins the wire again',
  words: ['wire'],
  parameters: { wire: wireName, from, towards },
  problems: wayProblems,
  prepare: (spec) => impairmentFault(`${spec.wire} cut${wayText(spec)}`, spec, { kind: 'cut' }),
});
