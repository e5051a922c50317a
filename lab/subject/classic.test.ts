import { expect, test } from 'vitest';
import { lvsDr } from '../../topologies/lvs-dr.ts';
import { planLab } from '../topology/plan.ts';
import { alterServices, alterSetUp } from './alter.ts';
import { classicSetUp } from './classic.ts';
import { defaultTiming, type NodeIntent, type Subject } from './subject.ts';

const plan = planLab(lvsDr);

function intent(name: string): NodeIntent {
  const node = plan.nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(name);
  return { plan, node, timing: defaultTiming };
}

test('a director gets the VIP on its NIC and the services in the words of ldirectord', () => {
  const setUp = classicSetUp(intent('director'));
  expect(setUp.addresses).toEqual([{ address: '203.0.113.80', prefixLength: 32, device: 'eth0' }]);
  expect(setUp.files[0]?.text).toMatchInlineSnapshot(`
    "checktimeout=3
    checkinterval=2
    autoreload=no
    quiescent=no
    logfile="/var/log/ldirectord.log"

    virtual=203.0.113.80:80
            real=203.0.113.21:80 gate 1
            real=203.0.113.22:80 gate 1
            scheduler=rr
            protocol=tcp
            checktype=connect
    "
  `);
});

test('a real server gets the VIP on its loopback, and is kept out of ARP for it', () => {
  expect(classicSetUp(intent('web1'))).toMatchInlineSnapshot(`
    {
      "addresses": [
        {
          "address": "203.0.113.80",
          "device": "lo",
          "prefixLength": 32,
        },
      ],
      "files": [],
      "routes": [],
      "sysctls": {
        "net.ipv4.conf.all.arp_announce": "2",
        "net.ipv4.conf.all.arp_ignore": "1",
      },
    }
  `);
});

test('a client gets nothing', () => {
  expect(classicSetUp(intent('client'))).toEqual({ addresses: [], sysctls: {}, routes: [], files: [] });
});

const base: Subject = {
  name: 'base',
  version: '1',
  setUp: classicSetUp,
  start: async () => {},
  stop: async () => {},
  logFiles: [],
};

test('an altered subject differs on nodes of that role alone', () => {
  const altered = alterSetUp(base, 'altered', 'realServer', (setUp) => ({ ...setUp, sysctls: {} }));
  expect(altered.setUp(intent('web1')).sysctls).toEqual({});
  expect(altered.setUp(intent('web1')).addresses).toEqual(base.setUp(intent('web1')).addresses);
  expect(altered.setUp(intent('director'))).toEqual(base.setUp(intent('director')));
});

test('altered services reach directors and nobody else', () => {
  const altered = alterServices(base, 'altered', (service) => ({
    ...service,
    scheduler: 'sh',
    realServers: [],
  }));
  expect(altered.setUp(intent('director')).files[0]?.text).toContain('scheduler=sh');
  expect(altered.setUp(intent('web1'))).toEqual(base.setUp(intent('web1')));
});
