import { defineFault } from './fault-kind.ts';
import { wireName } from './names.ts';
import { from, impairmentFault, towards, wayProblems, wayText } from './wire-fault.ts';

export const block = defineFault({
  name: 'block',
  summary: 'lets nothing pass in one direction; the way back stays open',
  healing: 'opens the direction again',
  words: ['wire'],
  parameters: { wire: wireName, from, towards },
  problems: (spec, plan) => [
    ...wayProblems(spec, plan),
    ...(spec.from === undefined && spec.towards === undefined
      ? ['a sender (from), a receiver (towards) or both are wanted: without either it is a cut']
      : []),
  ],
  prepare: (spec) => impairmentFault(`${spec.wire} blocked${wayText(spec)}`, spec, { kind: 'block' }),
});
