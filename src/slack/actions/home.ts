import { homeView } from '../home.ts';
import { defineAction } from '../registry.ts';
import { plainText } from '../view/block.ts';
import { renderSilences } from '../view/silence.ts';

export const homeRefresh = defineAction('home_refresh', ({ now }, deps) => [
  { kind: 'home', view: homeView(deps, now) },
]);

export const homeSilences = defineAction('home_silences', ({ now }, deps) => {
  const { blocks } = renderSilences(deps.silences.list(now), { now, timezone: deps.settings.timezone });
  return [
    {
      kind: 'modal',
      view: {
        type: 'modal',
        callback_id: 'silences',
        title: plainText('Silences', 24),
        close: plainText('Close', 24),
        blocks,
      },
    },
  ];
});
