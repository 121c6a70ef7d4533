import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/document/position.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { readScrapeSection, type ScrapeSection } from '../../src/ingest/schema.ts';
import { discoverTargets } from '../../src/ingest/targets.ts';
import { Labels } from '../../src/labels/labels.ts';

function read(yaml: string): ScrapeSection {
  return readScrapeSection(parseYaml(yaml, 'prometheus.yml'));
}

function refusal(yaml: string): string {
  try {
    read(yaml);
  } catch (error) {
    expect(error).toBeInstanceOf(DocumentError);
    return (error as DocumentError).message;
  }
  return 'accepted';
}

const job = (lines: string): string => `scrape_configs:\n- job_name: a\n${lines.replaceAll(/^/gm, '  ')}\n`;

describe('a scrape configuration', () => {
  it("has Prometheus' defaults, with limits switched on", () => {
    const { global, configs } = read(
      'rule_files: [x]\nscrape_configs:\n- job_name: a\n  static_configs: [{ targets: [h:1] }]\n',
    );
    expect(global).toMatchObject({ scrapeIntervalMs: 15_000, scrapeTimeoutMs: 10_000, evaluationIntervalMs: 15_000 });
    expect(configs[0]).toMatchObject({
      metricsPath: '/metrics',
      scheme: 'http',
      honorLabels: false,
      honorTimestamps: true,
      intervalMs: 15_000,
      timeoutMs: 10_000,
      limits: {
        samples: 50_000,
        labels: { most: 64, breach: 'drops_sample' },
        labelNameLength: { most: 128, breach: 'drops_sample' },
        labelValueLength: { most: 1024, breach: 'drops_sample' },
        bodyBytes: 10 * 1024 * 1024,
      },
    });
  });

  it('takes times and limits from global where the job says nothing', () => {
    const { configs } = read(
      `global: { scrape_interval: 5s, sample_limit: 7, body_size_limit: 2MB, external_labels: { dc: 1 } }\nscrape_configs: [{ job_name: a }, { job_name: b, scrape_interval: 1m, scrape_timeout: 20s, sample_limit: 0 }]\n`,
    );
    expect(configs.map((c) => [c.intervalMs, c.timeoutMs, c.limits.samples, c.limits.bodyBytes])).toEqual([
      [5000, 5000, 7, 2_097_152],
      [60_000, 20_000, 0, 2_097_152],
    ]);
  });

  it('is optional altogether', () => {
    expect(read('').configs).toEqual([]);
    expect(read('global:\nscrape_configs:\n').configs).toEqual([]);
  });

  it.each([
    [
      'an unknown key',
      job('scrape_intervall: 5s'),
      'prometheus.yml:3:3: unknown key scrape_intervall in scrape_configs[0]; did you mean scrape_interval?',
    ],
    [
      'a job name used twice',
      'scrape_configs:\n- job_name: a\n- job_name: a\n',
      'prometheus.yml:3:13: the job_name a is used twice, first in line 2',
    ],
    [
      'a missing job name',
      'scrape_configs:\n- metrics_path: /x\n',
      'prometheus.yml:2:3: scrape_configs[0].job_name: every scrape configuration needs a job_name',
    ],
    [
      'a timeout longer than the interval',
      job('scrape_interval: 5s\nscrape_timeout: 6s'),
      'prometheus.yml:4:19: the scrape_timeout 6s is longer than the scrape_interval 5s',
    ],
    [
      'a global timeout longer than the interval',
      'global: { scrape_interval: 5s, scrape_timeout: 6s }',
      'prometheus.yml:1:48: the scrape_timeout 6s is longer than the scrape_interval 5s',
    ],
    [
      'an interval without a unit',
      job('scrape_interval: 5'),
      'prometheus.yml:3:20: scrape_configs[0].scrape_interval: expected a duration such as 5m, 30s, 1h30m',
    ],
    [
      'an interval of nothing',
      job('scrape_interval: 0s'),
      'prometheus.yml:3:20: scrape_configs[0].scrape_interval: expected a duration from 100ms to 366d',
    ],
    [
      'a discovery that only Prometheus has',
      job('kubernetes_sd_configs: [{ role: pod }]'),
      "prometheus.yml:3:26: scrape_configs[0].kubernetes_sd_configs: kubernetes_sd_configs is a key of Prometheus' that Watchroom does not implement; use static_configs or file_sd_configs, or query that Prometheus as a remote",
    ],
    [
      'a target with a path',
      job('static_configs: [{ targets: ["h:1/x"] }]'),
      'prometheus.yml:3:32: scrape_configs[0].static_configs[0].targets[0]: a target is host:port; the path belongs to metrics_path',
    ],
    [
      'a file pattern with a star in a folder',
      job('file_sd_configs: [{ files: ["*/x.json"] }]'),
      'prometheus.yml:3:31: scrape_configs[0].file_sd_configs[0].files[0]: expected a path that ends in .json, .yml or .yaml; a * may stand in its last part only',
    ],
    [
      'a regular expression that RE2 refuses',
      job('relabel_configs: [{ regex: "(?=x)", target_label: y }]'),
      'prometheus.yml:3:30: scrape_configs[0].relabel_configs[0].regex: regular expression "(?=x)"',
    ],
    [
      'a regular expression that breaks out',
      job('metric_relabel_configs: [{ regex: "a)|(?:b", action: drop }]'),
      'prometheus.yml:3:37: scrape_configs[0].metric_relabel_configs[0].regex: regular expression "a)|(?:b"',
    ],
    [
      'an unknown action',
      job('relabel_configs: [{ action: labldrop }]'),
      'prometheus.yml:3:31: scrape_configs[0].relabel_configs[0].action: unknown relabel action labldrop; did you mean labeldrop?',
    ],
    [
      'replace without a target',
      job('relabel_configs: [{ source_labels: [a] }]'),
      'prometheus.yml:3:21: scrape_configs[0].relabel_configs[0]: the action replace needs a target_label',
    ],
    [
      'hashmod without a modulus',
      job('relabel_configs: [{ action: hashmod, target_label: s }]'),
      'the action hashmod needs a modulus above 0',
    ],
    [
      'labeldrop with source labels',
      job('relabel_configs: [{ action: labeldrop, source_labels: [a] }]'),
      'the action labeldrop does not use source_labels',
    ],
    [
      'two ways to authenticate',
      job('bearer_token: x\nbasic_auth: { username: u }'),
      'prometheus.yml:2:3: give only one of basic_auth, bearer_token',
    ],
    ['two passwords', job('basic_auth: { password: a, password_file: b }'), 'give either password or password_file'],
    ['a size that is none', job('body_size_limit: much'), 'expected a size such as 10MB; got "much"'],
    [
      'a list at the top of scrape_configs that is a mapping',
      'scrape_configs: { job_name: a }',
      'prometheus.yml:1:17: scrape_configs: expected a list, got a mapping',
    ],
  ])('is refused for %s', (_, yaml, message) => {
    expect(refusal(yaml)).toContain(message);
  });

  it('warns of keys that it reads and that cannot matter', () => {
    const { warnings } = read(job('always_scrape_classic_histograms: true'));
    expect(warnings).toMatchObject([
      {
        severity: 'warning',
        at: { line: 3, col: 3 },
        message: 'always_scrape_classic_histograms is read and has no effect here',
      },
    ]);
  });
});

describe('targets', () => {
  const discover = (yaml: string) => {
    const [config] = read(job(yaml)).configs;
    if (!config) throw new Error('no job');
    return discoverTargets(config, config.staticGroups);
  };

  it('get job, instance, their own labels, and a URL with parameters', () => {
    const { targets } = discover(
      'metrics_path: probe\nscheme: HTTPS\nparams: { q: ["a b"], module: [x, y] }\nstatic_configs: [{ targets: ["h:1"], labels: { zone: b } }]',
    );
    expect(targets.map((t) => [t.url, t.labels.toString()])).toEqual([
      ['https://h:1/probe?module=x&module=y&q=a+b', '{instance="h:1", job="a", zone="b"}'],
    ]);
  });

  it('can be rewritten as the blackbox exporter wants it', () => {
    const { targets } = discover(`static_configs: [{ targets: ["model.internal"] }]
relabel_configs:
- { source_labels: [__address__], target_label: __param_target }
- { source_labels: [__param_target], target_label: instance }
- { target_label: __address__, replacement: "exporter:9115" }
- { target_label: __scrape_interval__, replacement: 30s }`);
    expect(targets[0]).toMatchObject({ url: 'http://exporter:9115/metrics?target=model.internal', intervalMs: 30_000 });
    expect(targets[0]?.labels.toString()).toBe('{instance="model.internal", job="a"}');
  });

  it('that relabelling drops are listed with what was known of them', () => {
    const { targets, dropped } = discover(
      'static_configs: [{ targets: ["h:1", "h:2"] }]\nrelabel_configs: [{ source_labels: [__address__], regex: "h:2", action: drop }]',
    );
    expect(targets).toHaveLength(1);
    expect(dropped[0]?.discoveredLabels.get('__address__')).toBe('h:2');
  });

  it('that come out equal are scraped once', () => {
    expect(discover('static_configs: [{ targets: ["h:1", "h:1"] }, { targets: ["h:1"] }]').targets).toHaveLength(1);
  });

  it('whose address is none are named and the rest is scraped', () => {
    const { targets, problems } = discover('static_configs: [{ targets: ["h:99999", "user@h", "ok:1"] }]');
    expect(targets).toHaveLength(1);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('"http://h:99999" is not the address of an HTTP server');
  });

  it('beyond the target limit are not scraped at all', () => {
    const { targets, problems } = discover('target_limit: 1\nstatic_configs: [{ targets: ["h:1", "h:2"] }]');
    expect(targets).toEqual([]);
    expect(problems[0]).toContain('2 targets exceed the target_limit of 1');
  });

  it('keep a label that only their group gives', () => {
    const [config] = read(job('')).configs;
    const found =
      config &&
      discoverTargets(config, [{ targets: ['h:1'], labels: Labels.of({ job: 'other', __metrics_path__: '/m' }) }]);
    expect(found?.targets[0]).toMatchObject({ url: 'http://h:1/m' });
    expect(found?.targets[0]?.labels.get('job')).toBe('other');
  });
});
