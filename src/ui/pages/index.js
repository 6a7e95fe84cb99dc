const health = document.getElementById('health');
const facts = document.getElementById('facts');
const warnings = document.getElementById('warnings');

function show(state, text) {
  health.className = 'health ' + state;
  health.textContent = text;
}

function fact(name, value) {
  if (value === undefined) return;
  const term = document.createElement('dt');
  const description = document.createElement('dd');
  term.textContent = name;
  description.textContent = value;
  facts.append(term, description);
}

async function refresh() {
  let answer;
  try {
    answer = await (await fetch('/health', {cache: 'no-store'})).json();
  } catch (error) {
    show('unhealthy', 'No answer from this server.');
    return;
  }
  const healthy = answer.status === 'healthy';
  show(healthy ? 'healthy' : 'unhealthy', healthy ? 'Healthy' : answer.detail || 'Unhealthy');
  facts.replaceChildren();
  fact('Pending messages', answer.scheduled_jobs);
  fact('Redis', answer.redis);
  fact('Scheduler', answer.scheduler);
  fact('Up for', answer.uptime);
  fact('Version', answer.version);
  facts.hidden = false;
  warnings.replaceChildren(...(answer.warnings || []).map((warning) => {
    const item = document.createElement('li');
    item.textContent = warning;
    return item;
  }));
  warnings.hidden = warnings.childElementCount === 0;
}

refresh();
setInterval(refresh, 5000);
