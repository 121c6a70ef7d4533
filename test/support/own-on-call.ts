import { onTestFinished } from 'vitest';
import { type OnCallWorld, type OnCallWorldOptions, startOnCall } from './on-call-world.ts';
import { userFile } from './world.ts';

/** The user's own schedule and policy; a scenario that needs them runs where both are there. */
export const SCHEDULE = userFile('oncall-schedule.yml');
export const POLICY = userFile('escalation-policy.yml');

/** The whole bot on the user's own schedule and policy, which ends with the test. */
export async function startOwn(options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  const house = await startOnCall({ schedule: SCHEDULE ?? '', policy: POLICY ?? '', ...options });
  onTestFinished(() => house.close());
  await house.world().settle();
  return house;
}

/** The same, where nothing fires by itself. */
export async function startQuiet(options: Partial<OnCallWorldOptions> = {}): Promise<OnCallWorld> {
  return await startOwn({ ...options, config: { rule_files: [], ...options.config } });
}
