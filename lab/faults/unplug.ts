import { defineFault } from './fault-kind.ts';
import { nicName, nicProblems, nodeName } from './names.ts';

export const unplug = defineFault({
  name: 'unplug',
  summary: 'takes a NIC out of a running node; its addresses go with it',
  healing: 'puts the same card in again with its configured address; other addresses stay gone',
  words: ['node', 'nic'],
  parameters: { node: nodeName, nic: nicName },
  problems: ({ node, nic }, plan) => nicProblems(plan, node, nic),
  prepare: ({ node, nic }) => ({
    description: `${nic} of ${node} unplugged`,
    node: { name: node, needs: 'execution', endsWithPower: false },
    claim: `${nic} of ${node}`,
    inject: async (ground) => {
      const { machine } = ground.node(node);
      await machine.unplug(nic);
      return {
        heal: async () => {
          await machine.plug(nic);
          return undefined;
        },
      };
    },
  }),
});
