/* Draws every <figure data-chart="ID"> from <script type="application/json" id="ID">: a Plotly figure {data, layout}
   built on the server. Colours stand in it as "var(--llm)" and are looked up in the style sheet, so a labeler
   has the same colour everywhere, in light and dark. "var(--llm) 0.15" is the same colour at that opacity.
   A press on [data-chart-png] saves the chart as a picture that stands by itself: with its title, its note and what it
   was computed from, on the page's ground in the colours of the theme. */

const COLOUR = /^var\((--[\w-]+)\)(?: ([\d.]+))?$/;
const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const canvas = pixel.getContext("2d", { willReadFrequently: true });
const probe = document.createElement("span");
const drawn = new Map();
const PICTURE = { width: 960, line: 155, scale: 2 }; /* pixels, characters of a line of the note, pixels per pixel */

/* Painting one pixel turns any CSS colour (light-dark, color-mix, oklab) into the rgba() that Plotly reads. */
function colour(name, opacity = 1) {
  probe.style.color = `var(${name})`;
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = getComputedStyle(probe).color;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255) * opacity})`;
}

function themed(value) {
  if (Array.isArray(value)) return value.map(themed);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, themed(part)]));
  }
  const match = typeof value === "string" ? COLOUR.exec(value) : null;
  return match ? colour(match[1], match[2] === undefined ? 1 : Number(match[2])) : value;
}

function merged(base, over) {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const both = [base[key], value].every((part) => part !== null && typeof part === "object" && !Array.isArray(part));
    result[key] = both ? merged(base[key], value) : value;
  }
  return result;
}

const axis = {
  gridcolor: "var(--line)", linecolor: "var(--edge)", tickcolor: "var(--edge)", zerolinecolor: "var(--line)",
  automargin: true, fixedrange: true, title: { font: { size: 13 }, standoff: 8 },
};

function defaults() {
  return {
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "var(--grey)" },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: 16, t: 8, b: 8 }, autosize: true, showlegend: false, dragmode: false, hovermode: "closest",
    colorway: ["var(--human)", "var(--llm)", "var(--student)", "var(--accent)"],
    hoverlabel: { bgcolor: "var(--raised)", bordercolor: "var(--edge)", font: { color: "var(--ink)", size: 13 } },
  };
}

function layoutOf(figure) {
  const layout = merged(defaults(), figure.layout ?? {});
  const further = Object.keys(layout).filter((key) => /^[xy]axis\d+$/.test(key));
  for (const name of ["xaxis", "yaxis", ...further]) {
    layout[name] = merged(axis, layout[name] ?? {});
  }
  delete layout.height;
  return themed(layout);
}

function draw({ target, figure }) {
  /* The height a figure asks for is given to its canvas, so that Plotly goes on fitting the width by itself. */
  if (figure.layout?.height) target.style.height = `${figure.layout.height}px`;
  return window.Plotly.react(target, themed(figure.data), layoutOf(figure), { displayModeBar: false, responsive: true });
}

function drawAll() {
  for (const chart of drawn.values()) draw(chart);
}

function lines(text) {
  const broken = text.match(new RegExp(`\\S.{0,${PICTURE.line - 1}}(?=\\s|$)|\\S+`, "g")) ?? [];
  return broken.map((line) => line.replaceAll("<", "&lt;"));
}

/* Computed in Plotly's own offscreen copy: the chart on the page is not touched. */
function savePicture({ element, target, figure }) {
  const [title, ...notes] = [...element.querySelectorAll("figcaption .chart-says > *")].map((part) => part.textContent);
  const below = [...notes, element.dataset.source ?? ""].flatMap(lines);
  const layout = layoutOf(figure);
  const head = 44 + 18 * below.length;
  const height = (figure.layout?.height ?? target.clientHeight) + head;
  Object.assign(layout, {
    width: PICTURE.width, height, paper_bgcolor: colour("--raised"),
    margin: { l: 24, r: 24, b: 24, t: head + (layout.margin.t ?? 0) },
    title: {
      text: lines(title).join("<br>"), x: 24 / PICTURE.width, xanchor: "left", y: 1 - 22 / height, yanchor: "top",
      font: { size: 16, color: colour("--ink"), weight: 600 },
      subtitle: { text: below.join("<br>"), font: { size: 12, color: colour("--grey") } },
    },
  });
  const size = { format: "png", width: PICTURE.width, height, scale: PICTURE.scale };
  return window.Plotly.downloadImage({ data: themed(figure.data), layout }, { ...size, filename: element.dataset.file });
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-chart-png]");
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  try {
    await savePicture(drawn.get(button.closest("figure[data-chart]")));
  } catch {
    button.textContent = "No picture could be made";
  }
  button.removeAttribute("aria-busy");
});

document.body.append(probe);
probe.hidden = true;
for (const element of document.querySelectorAll("figure[data-chart]")) {
  const figure = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  drawn.set(element, { element, target: element.querySelector(".chart-canvas"), figure });
}
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
