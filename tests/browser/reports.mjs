// Reports of as many nodes as are wanted, from the seed that the fuzz targets have: node1 has the endpoint, and of the others
// every hundredth is answered too.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SEED = fileURLToPath(new URL('../../fuzz/seeds/report/local-policy.json', import.meta.url));

const copied = (value, from, to) => JSON.parse(JSON.stringify(value).replaceAll(`"${from}"`, JSON.stringify(to)));

export function report(nodes, named = (number) => `node${number}`) {
  const seed = JSON.parse(readFileSync(SEED, 'utf8'));
  const { facts, plan, observations } = seed;
  const of = (list, node) => list.filter((item) => (item.vantage ?? item).node === node);
  const scaled = { ...seed, facts: { ...facts, nodes: [] }, plan: { ...plan, vantages: [], skipped: [] }, observations: [] };
  for (let number = 1; number <= nodes; number += 1) {
    const like = number === 1 || number % 100 === 0 ? 'node1' : 'node2';
    const name = number === 1 ? 'node1' : named(number);
    const node = copied(facts.nodes.find((known) => known.name === like), like, name);
    const address = [192, 168, Math.floor(number / 250), (number % 250) + 1].join('.');
    scaled.facts.nodes.push({ ...node, internalIPs: number <= 2 ? node.internalIPs : [address], podCIDRs: [], troubles: [] });
    scaled.plan.vantages.push(...copied(of(plan.vantages, like), like, name));
    scaled.observations.push(...copied(of(observations, like), like, name));
  }
  return scaled;
}
