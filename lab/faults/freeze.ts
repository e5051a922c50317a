import { defineFault } from './fault-kind.ts';
import { nodeName } from './names.ts';

export const freeze = defineFault({
  name: 'freeze',
  summary: 'stops the execution of a node, and its clocks with it',
  healing: 'lets it go on as if no time had passed',
  words: ['node'],
  parameters: { node: nodeName },
  prepare: ({ node }) => ({
    description: `${node} frozen`,
    node: { name: node, needs: 'execution', takes: 'execution', endsWithPower: true },
    inject: async (ground) => {
      const { machine } = ground.node(node);
      await machine.freeze();
      return {
        heal: async () => {
          await machine.thaw();
          return undefined;
        },
      };
    },
  }),
});
