// The fault and speed panel of the demo: reads /panel/state once a second and posts what is pressed.
const SPEEDS = [1, 5, 60, 300];
const clock = document.querySelector('#clock');
const speeds = document.querySelector('#speeds');
const models = document.querySelector('#models');

async function post(path, body) {
  await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await refresh();
}

function button(label, pressed, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = label;
  element.setAttribute('aria-pressed', String(pressed));
  element.addEventListener('click', press);
  return element;
}

for (const speed of SPEEDS) {
  const element = button(`${speed}×`, false, () => post('speed', { speed }));
  element.dataset.speed = String(speed);
  speeds.append(element);
}

function drawModel(model) {
  const section = document.createElement('section');
  section.dataset.model = model.id;
  const title = document.createElement('h2');
  const dot = document.createElement('span');
  dot.className = model.faults.some((fault) => fault.on) ? 'dot hot' : 'dot';
  const about = document.createElement('small');
  about.textContent = `${model.version} · ${model.environment}`;
  about.title = model.region;
  title.append(dot, model.name, about);
  const row = document.createElement('div');
  row.className = 'row faults';
  for (const fault of model.faults) {
    const element = button(fault.name, fault.on, () =>
      post('fault', { model: model.id, fault: fault.name, on: !fault.on }),
    );
    element.dataset.fault = fault.name;
    row.append(element);
  }
  section.append(title, row);
  return section;
}

let drawn = '';
async function refresh() {
  const state = await (await fetch('state')).json();
  clock.textContent = `${state.time} · ${state.speed}×`;
  for (const element of speeds.children)
    element.setAttribute('aria-pressed', String(Number(element.dataset.speed) === state.speed));
  const shape = JSON.stringify(state.models);
  if (shape === drawn) return;
  drawn = shape;
  models.replaceChildren(...state.models.map(drawModel));
}

await refresh();
setInterval(() => {
  refresh().catch(() => {
    clock.textContent = 'the demo has ended';
  });
}, 1000);
