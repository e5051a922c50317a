import type { Degradation } from '../wires/impairments/spec.ts';
import { duration, durationText, numberAbove0, percent } from './amounts.ts';
import { defineFault } from './fault-kind.ts';
import { isLine, wireName } from './names.ts';
import { optional } from './parameter.ts';
import { from, impairmentFault, towards, wayProblems, wayText } from './wire-fault.ts';

/** What a line cannot do: it neither repeats nor swaps bytes, and its rate is its baud. */
const segmentOnly = { duplicatePercent: 'duplicate', reorderPercent: 'reorder', rateKbit: 'rate' } as const;

export const impair = defineFault({
  name: 'impair',
  summary: 'makes a wire worse, in one direction when one is given',
  healing: 'makes it as good as before; what is delayed already still arrives',
  words: ['wire'],
  parameters: {
    wire: wireName,
    from,
    towards,
    lossPercent: percent({ option: 'loss', help: 'lost frames, or bytes on a line' }),
    delayMs: optional(duration({ option: 'delay', help: 'added to every frame' })),
    jitterMs: optional(
      duration({ option: 'jitter', help: 'up to this much more, evenly spread; the order stays' }),
    ),
    duplicatePercent: percent({ option: 'duplicate', help: 'frames that come twice' }),
    reorderPercent: percent({ option: 'reorder', help: 'frames that the next one overtakes' }),
    corruptPercent: percent({ option: 'corrupt', help: 'frames or bytes with one bit flipped' }),
    rateKbit: numberAbove0({ option: 'rate', placeholder: 'KBIT', help: 'kbit/s for each pair of nodes' }),
  },
  problems: (spec, plan) => {
    const problems = [...wayProblems(spec, plan)];
    const { wire, from: _, towards: __, ...parts } = spec;
    if (Object.keys(parts).length === 0) {
      problems.push('at least one of loss, delay, jitter, duplicate, reorder, corrupt and rate is wanted');
    }
    for (const [part, word] of Object.entries(segmentOnly)) {
      if (part in parts && isLine(plan, wire)) {
        problems.push(
          `${word} is not possible on ${wire}: on a line there are loss, delay, jitter and corrupt`,
        );
      }
    }
    return problems;
  },
  prepare: (spec) => {
    const { wire, from: sender, towards: receiver, rateKbit, ...rest } = spec;
    const degradation: Degradation = {
      ...rest,
      ...(rateKbit === undefined ? {} : { rate: { kbitPerSecond: rateKbit } }),
    };
    return impairmentFault(
      `${wire} impaired${wayText(spec)}: ${degradationText(degradation)}`,
      { wire, ...(sender && { from: sender }), ...(receiver && { towards: receiver }) },
      { kind: 'degrade', ...degradation },
    );
  },
});

function degradationText(degradation: Degradation): string {
  const { lossPercent, delayMs, jitterMs, duplicatePercent, reorderPercent, corruptPercent, rate } =
    degradation;
  const percents = {
    loss: lossPercent,
    duplicate: duplicatePercent,
    reorder: reorderPercent,
    corrupt: corruptPercent,
  };
  return [
    ...Object.entries(percents).flatMap(([word, value]) =>
      value === undefined ? [] : [`${word} ${value} %`],
    ),
    ...(delayMs === undefined ? [] : [`delay ${durationText(delayMs)}`]),
    ...(jitterMs === undefined ? [] : [`jitter ${durationText(jitterMs)}`]),
    ...(rate === undefined ? [] : [`rate ${rate.kbitPerSecond} kbit/s`]),
  ].join(', ');
}
