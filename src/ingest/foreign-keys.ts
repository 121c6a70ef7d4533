import { z } from 'zod';
import { unsupported } from './http-client-schema.ts';

/** Keys of `global` that cannot matter here: read, and named by a warning. */
export const IGNORED_GLOBAL_KEYS = [
  'query_log_file',
  'scrape_failure_log_file',
  'keep_dropped_targets',
  'metric_name_validation_scheme',
  'metric_name_escaping_scheme',
  'scrape_native_histograms',
  'always_scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
  'extra_scrape_metrics',
  'runtime',
] as const;

/** Keys of a scrape configuration that cannot matter here: protobuf's native histograms, logs, name schemes. */
export const IGNORED_SCRAPE_KEYS = [
  'scrape_failure_log_file',
  'keep_dropped_targets',
  'metric_name_validation_scheme',
  'metric_name_escaping_scheme',
  'scrape_native_histograms',
  'scrape_classic_histograms',
  'always_scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
  'extra_scrape_metrics',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
] as const;

const DISCOVERIES = [
  'azure',
  'aws',
  'consul',
  'digitalocean',
  'dns',
  'docker',
  'dockerswarm',
  'ec2',
  'ecs',
  'eureka',
  'gce',
  'hetzner',
  'http',
  'ionos',
  'kubernetes',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
] as const;

/** Service discoveries that only Prometheus has. */
export const FOREIGN_DISCOVERY: Readonly<Record<string, z.ZodOptional<z.ZodNever>>> = Object.fromEntries(
  DISCOVERIES.map((name) => {
    const key = `${name}_sd_configs`;
    return [key, unsupported(key, 'use static_configs or file_sd_configs, or query that Prometheus as a remote')];
  }),
);

export function ignoredShape<K extends string>(keys: readonly K[]): Record<K, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])) as Record<K, z.ZodOptional<z.ZodUnknown>>;
}
