import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildManifest, manifestText } from '../../src/slack/manifest.ts';

describe('manifest.json', () => {
  it('is what the registries say; `watchroom manifest --write manifest.json` writes it anew', () => {
    const file = readFileSync(new URL('../../manifest.json', import.meta.url), 'utf8');
    // Only the layout is the formatter's.
    expect(JSON.parse(file)).toEqual(JSON.parse(manifestText(buildManifest())));
  });

  it('stays within what Slack allows', () => {
    const { display_information: info, features } = buildManifest();
    expect(info.name.length).toBeLessThanOrEqual(35);
    expect(info.description?.length).toBeLessThanOrEqual(140);
    expect(info.long_description?.length).toBeGreaterThanOrEqual(174);
    for (const command of features?.slash_commands ?? []) {
      expect(command.usage_hint?.length).toBeLessThanOrEqual(1000);
      expect(command.should_escape).toBe(true);
    }
    for (const shortcut of features?.shortcuts ?? []) expect(shortcut.name.length).toBeLessThanOrEqual(24);
  });

  it('asks for an address in HTTP mode and for none in Socket Mode', () => {
    const http = buildManifest(undefined, { kind: 'http', eventsUrl: 'https://bot.test/slack/events' });
    expect(http.settings?.interactivity?.request_url).toBe('https://bot.test/slack/events');
    expect(JSON.stringify(buildManifest())).not.toContain('request_url');
  });

  it('names commands as they are configured', () => {
    const { features } = buildManifest({ alert: '/mlalert', oncall: '/mloncall' });
    expect(features?.slash_commands?.map(({ command }) => command)).toEqual(['/mlalert', '/mloncall']);
  });
});
