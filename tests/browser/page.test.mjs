// The page that -o html draws, in a real browser: what a reader can do there, that it asks nobody for anything, and that it can be read
// without a mouse and without seeing it. LBPROBE_SHOTS=FOLDER keeps screenshots.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

import { report } from './reports.mjs';

const PLUGIN = process.env.LBPROBE_PLUGIN ?? fileURLToPath(new URL('../../target/debug/kubectl-lbprobe', import.meta.url));
const CHROMIUM = process.env.LBPROBE_CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = process.env.LBPROBE_SHOTS;

// By the project's own goal.
const MOST_BYTES = 5_000_000;

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'];

let browser;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lbprobe-page-'));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

// The file of a report's page.
function drawn(name, document) {
  const [input, output] = [join(folder, `${name}.json`), join(folder, `${name}.html`)];
  writeFileSync(input, JSON.stringify(document));
  try {
    execFileSync(PLUGIN, ['diagnose', '-f', input, '-q', '-o', `html=${output}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (failed) {
    // A fault and what is open have exit codes of their own.
    assert.ok([3, 4].includes(failed.status), `${failed.status}: ${failed.stderr}`);
  }
  return output;
}

// A page that is open, and what it complained of and asked for.
async function opened(file, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

// Every row is folded where the rows above name all nodes.
async function unfold(page) {
  const everyRow = page.locator('#every-row');
  if (!(await everyRow.getAttribute('open').then((open) => open !== null))) await everyRow.locator('summary').click();
}

const rows = (page) => page.locator('#rows tr');
const names = (page) => page.locator('#rows th').allInnerTexts();
const shown = (page) => page.locator('#shown').innerText();

test('a report of three nodes is told, and asks nobody for anything', async () => {
  const file = drawn('three', report(3));
  const { page, complaints, requests } = await opened(file);
  assert.match(await page.title(), /^FAULT shop\/gateway$/);
  assert.match(await page.locator('h1').innerText(), /externalTrafficPolicy is Local.*\[LBP002\]/s);
  assert.equal(await page.locator('figure svg').count(), 2);
  assert.match(await page.locator('figure').first().innerText(), /node2 \(pod\).*timed out/s);
  await shot(page, 'three');
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, [pathToFileURL(file).href]);
});

test('rows are searched, filtered, sorted and reached from evidence', async () => {
  const { page, complaints } = await opened(drawn('hundred', report(100)));
  await unfold(page);
  assert.equal(await shown(page), '200 of 200 rows shown, 200 in all');
  await page.fill('#search', 'node57');
  assert.deepEqual(await names(page), ['node57', 'node57']);
  await page.fill('#search', 'node57 timed');
  assert.deepEqual(await names(page), ['node57']);
  await page.fill('#search', 'no such node');
  assert.equal(await rows(page).count(), 0);
  await page.fill('#search', '');
  await page.selectOption('#severity', '2');
  const failing = await rows(page).count();
  assert.ok(failing > 90 && failing < 200, String(failing));
  await page.selectOption('#severity', '');
  const node = page.getByRole('button', { name: 'NODE' });
  await node.click();
  assert.deepEqual((await names(page)).slice(0, 5), ['node1', 'node1', 'node2', 'node2', 'node3'], 'numbers as people count');
  assert.match(await page.locator('#every th[aria-sort="ascending"]').innerText(), /NODE$/);
  await node.click();
  assert.equal((await names(page))[0], 'node100');
  const evidence = page.getByRole('button', { name: 'show these rows' });
  await evidence.nth(1).click();
  const found = await names(page);
  assert.ok(found.length > 90 && !found.includes('node1'), found.join());
  assert.ok((await page.locator('#rows td:nth-child(3)').allInnerTexts()).every((from) => from === 'pod'));
  await shot(page, 'hundred');
  assert.deepEqual(complaints, []);
});

test('a command is copied', async () => {
  const { page } = await opened(drawn('copied', report(3)), { permissions: ['clipboard-read', 'clipboard-write'] });
  const command = await page.locator('.command pre').first().innerText();
  await page.getByRole('button', { name: 'Copy' }).first().click();
  assert.equal(await page.evaluate(() => getSelection().toString()), command);
  await page.waitForFunction(() => document.getElementById('said').textContent !== '');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
});

test('five thousand nodes are a file that a browser takes', async () => {
  const file = drawn('thousands', report(5000));
  const bytes = statSync(file).size;
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  const { page, complaints } = await opened(file);
  assert.equal(await shown(page), '200 of 10000 rows shown, 10000 in all');
  assert.equal(await page.locator('#every-row').getAttribute('open'), '', 'rows that nodes share are many nodes');
  const { loaded, memory } = await page.evaluate(() => ({
    loaded: performance.getEntriesByType('navigation')[0].loadEventEnd,
    memory: performance.memory.usedJSHeapSize,
  }));
  console.log(`5,000 nodes: ${bytes} bytes, usable after ${Math.round(loaded)} ms, ${Math.round(memory / 1e6)} MB of JavaScript's heap`);
  await page.fill('#search', 'node4711');
  assert.deepEqual(await names(page), ['node4711', 'node4711']);
  await page.fill('#search', '');
  await shot(page, 'thousands');
  await page.locator('#more').click();
  assert.equal(await rows(page).count(), 10_000);
  assert.deepEqual(complaints, []);
});

test('nothing serious keeps anybody from reading it', async () => {
  const file = drawn('accessible', report(12));
  const looks = [
    ['light', { viewport: { width: 1200, height: 800 }, colorScheme: 'light' }],
    ['dark', { viewport: { width: 1200, height: 800 }, colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
  ];
  for (const [look, options] of looks) {
    // axe itself is a script that the page's own policy refuses.
    const { page } = await opened(file, { ...options, bypassCSP: true });
    await page.evaluate(() => document.querySelectorAll('details').forEach((folded) => { folded.open = true; }));
    await page.evaluate(axe.source);
    const { violations, passes } = await page.evaluate(() => window.axe.run());
    assert.ok(passes.length > 20, `${look}: axe looked at ${passes.length} rules`);
    const found = violations.map(({ id, impact, nodes }) => `${look}: ${id} (${impact}): ${nodes[0].html}`);
    assert.deepEqual(found, []);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(beyond, false, `${look}: the page is wider than the window`);
    await shot(page, look);
  }
});

test('the keyboard reaches everything that a mouse does', async () => {
  const { page } = await opened(drawn('keyboard', report(3)));
  const reached = new Set();
  await page.locator('#every-row > summary').focus();
  await page.keyboard.press('Enter');
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)));
  }
  for (const wanted of ['search', 'severity', 'every', 'Sort by NODE', 'Copy', 'show these rows']) {
    assert.ok(reached.has(wanted), `${wanted} among ${[...reached].join(', ')}`);
  }
});

test('names that are mark-up are names', async () => {
  const hostile = ['<img src=x onerror=alert(1)>', '</script><script>alert(2)</script>', '"><svg onload=alert(3)>', 'a'.repeat(250), '負載均衡\u202eזה'];
  const { page, complaints } = await opened(drawn('hostile', report(2 + hostile.length, (number) => hostile[number - 3] ?? `node${number}`)));
  await unfold(page);
  const told = await names(page);
  for (const name of hostile.slice(0, 4)) assert.ok(told.includes(name), `${name} among ${told.join()}`);
  assert.ok(told.includes('負載均衡זה'), 'what turns a text around is left out');
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(complaints, []);
  await shot(page, 'hostile');
});

test('without scripts the rows that nodes share are there', async () => {
  const { page } = await opened(drawn('plain', report(3)), { javaScriptEnabled: false });
  assert.equal(await page.locator('#every-row').isVisible(), false);
  assert.match(await page.locator('noscript').innerText(), /Scripts are off/);
  assert.match(await page.locator('section').first().innerText(), /node2/);
});

test('it is printed with all that is folded, and without what is for a screen', async () => {
  const { page } = await opened(drawn('printed', report(12)));
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('details:not([open])').count(), 0);
  for (const hidden of ['.tools', '.command button', 'li button']) {
    assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
  }
  const pdf = await page.pdf({ path: SHOTS ? join(SHOTS, 'printed.pdf') : undefined, format: 'A4' });
  assert.ok(pdf.length > 10_000);
});

// What a change of kube-proxy would do to many Services.
function rehearsed(services) {
  const nodes = [1, 2].map((number) => ({
    apiVersion: 'v1', kind: 'Node', metadata: { name: `n${number}`, labels: { 'kubernetes.io/os': 'linux' } },
    spec: { podCIDRs: [`10.244.${number}.0/24`] },
    status: {
      addresses: [{ type: 'InternalIP', address: `192.0.2.${number}` }], conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { kubeletVersion: 'v1.33.4' },
    },
  }));
  const of = (number) => [
    {
      apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: `web${number}` },
      spec: {
        type: 'LoadBalancer', externalTrafficPolicy: 'Local', clusterIP: `10.96.${number >> 8}.${number & 255}`, ports: [{ port: 80 }],
      },
      status: { loadBalancer: { ingress: [{ ip: `198.18.${number >> 8}.${number & 255}` }] } },
    },
    {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4',
      metadata: { namespace: 'shop', name: `web${number}-1`, labels: { 'kubernetes.io/service-name': `web${number}` } },
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: [`10.244.1.${number}`], nodeName: 'n1', conditions: { ready: true } }],
    },
  ];
  const config = {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'kube-system', name: 'kube-proxy' },
    data: { 'config.conf': 'mode: ipvs\nclusterCIDR: 10.245.0.0/16\n' },
  };
  const network = {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { namespace: 'kube-system', name: 'kube-flannel-ds' },
    spec: { selector: {}, template: { spec: { containers: [{ name: 'flannel', image: 'flannel:v0.26.0' }] } } },
  };
  const items = [...nodes, config, network, ...Array.from({ length: services }, (_, index) => of(index + 1)).flat()];
  const input = join(folder, `cluster-${services}.json`);
  writeFileSync(input, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const output = join(folder, `rehearsal-${services}.html`);
  try {
    execFileSync(PLUGIN, ['rehearse', '--to', 'mode=nftables', '-f', input, '-o', 'html'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    assert.fail('leaving ipvs breaks something here');
  } catch (failed) {
    assert.equal(failed.status, 3, `${failed.stderr}`);
    writeFileSync(output, failed.stdout);
  }
  return output;
}

test('a rehearsal is a page that can be read by anybody and asks nobody', async () => {
  const narrow = { viewport: { width: 400, height: 800 }, colorScheme: 'dark' };
  for (const [services, options] of [[3, {}], [3, narrow], [200, {}]]) {
    // axe itself is a script that the page's own policy refuses.
    const { page, complaints, requests } = await opened(rehearsed(services), { ...options, bypassCSP: true });
    assert.match(await page.locator('h1').innerText(), new RegExp(`WILL BREAK mode=nftables breaks ${services} of ${services} Services`));
    assert.ok((await page.locator('tbody tr').count()) >= services);
    assert.ok(await page.getByRole('heading', { name: 'Do this first, and nothing breaks' }).isVisible());
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.ok(!wide, 'the page itself does not scroll sideways');
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => globalThis.axe.run());
    const serious = found.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact));
    assert.deepEqual(serious.map((violation) => violation.id), []);
    if (SHOTS) await page.screenshot({ path: join(SHOTS, `rehearsal-${services}-${options.colorScheme ?? 'light'}.png`), fullPage: services < 10 });
    assert.deepEqual(complaints, []);
    assert.equal(requests.length, 1, `${requests}`);
    await page.context().close();
  }
});
