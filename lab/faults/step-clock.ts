import { duration, durationText } from './amounts.ts';
import { defineFault } from './fault-kind.ts';
import { nodeName } from './names.ts';

export const stepClock = defineFault({
  name: 'step-clock',
  summary: 'sets the wall clock of a node forward or back',
  healing: 'steps it as far the other way',
  words: ['node', 'byMs'],
  parameters: { node: nodeName, byMs: duration({ help: 'how far, such as 90s or -1h', isSigned: true }) },
  prepare: ({ node, byMs }) => ({
    description: `clock of ${node} stepped by ${byMs > 0 ? '+' : ''}${durationText(byMs)}`,
    node: { name: node, needs: 'execution', endsWithPower: true },
    inject: async (ground) => {
      const { machine } = ground.node(node);
      await machine.stepClock(byMs);
      return {
        heal: async () => {
          await machine.stepClock(-byMs);
          return undefined;
        },
      };
    },
  }),
});
