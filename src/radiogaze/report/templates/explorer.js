// The attention explorer. Data of a network come as a script that calls radiogazeNetwork.
(() => {
  const at = (id) => document.getElementById(id);
  const networks = JSON.parse(at("networks").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const tables = Object.fromEntries(
    Object.entries(JSON.parse(at("colours").textContent)).map(([name, text]) => [name, bytes(text)]));
  tables.grey = Uint8Array.from({ length: 768 }, (_, index) => Math.floor(index / 3));
  const FILTERS = ["class", "confidence", "outcome", "order"];
  const SIDE = 300; // pixels of a drawn map: twice those of a cutout
  const loaded = new Map();
  const state = { network: networks[0].id, source: null };
  let shown = []; // indices of the sources that pass the filters
  let received = null;
  window.radiogazeNetwork = (data) => { received = data; };

  // ------------------------------------------------------------------------------ data
  const load = (id) => {
    if (!loaded.has(id)) {
      loaded.set(id, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = networks.find((network) => network.id === id).file.split("/").map(encodeURIComponent).join("/");
        script.onload = async () => {
          const data = received;
          if (!data) { reject(new Error("unreadable")); return; }
          received = null;
          try {
            await Promise.all(data.layers.map(async (layer) => {
              layer.image = new Image();
              layer.image.src = layer.png;
              await layer.image.decode();
              layer.range = [Math.min(...layer.low), Math.max(...layer.high)];
            }));
            resolve(data);
          } catch (error) { reject(error); }
        };
        script.onerror = () => reject(new Error("missing"));
        document.head.append(script);
      }));
    }
    return loaded.get(id);
  };
  const outcome = (source) => source.wrong > 0.5 ? "wrong" : source.wrong < 0.5 ? "right" : "divided";

  // --------------------------------------------------------------------------- drawing
  const scratch = document.createElement("canvas");
  const pen = scratch.getContext("2d", { willReadFrequently: true });
  const tile = (layer, index) => {
    const { side, columns } = layer;
    scratch.width = scratch.height = side;
    pen.drawImage(layer.image, (index % columns) * side, Math.floor(index / columns) * side, side, side, 0, 0, side, side);
    return pen.getImageData(0, 0, side, side);
  };
  const coloured = (layer, index, scale, table) => {
    const pixels = tile(layer, index);
    const span = (layer.high[index] - layer.low[index]) / 255;
    const whole = scale[1] - scale[0] || 1;
    for (let i = 0; i < pixels.data.length; i += 4) {
      const value = layer.low[index] + span * pixels.data[i];
      const level = Math.max(0, Math.min(255, Math.round(255 * (value - scale[0]) / whole)));
      for (let c = 0; c < 3; c += 1) pixels.data[i + c] = table[3 * level + c];
    }
    return pixels;
  };
  const outline = (context, data, index) => {
    const layer = data.layers[0];
    const pixels = tile(layer, index).data;
    const inside = (x, y) => x >= 0 && y >= 0 && x < layer.side && y < layer.side && pixels[4 * (y * layer.side + x)] > 0;
    const step = SIDE / layer.side;
    context.beginPath();
    for (let y = 0; y <= layer.side; y += 1) {
      for (let x = 0; x <= layer.side; x += 1) {
        if (inside(x, y) !== inside(x - 1, y)) { context.moveTo(x * step, y * step); context.lineTo(x * step, (y + 1) * step); }
        if (inside(x, y) !== inside(x, y - 1)) { context.moveTo(x * step, y * step); context.lineTo((x + 1) * step, y * step); }
      }
    }
    context.strokeStyle = "#4fd8e8";
    context.lineWidth = 1.2;
    context.stroke();
  };
  const tableOf = (layer) => layer.key === "image" ? tables.grey : layer.key.startsWith("cam") ? tables.cam : tables.attention;
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const number = (value) => value === 0 ? "0" : Number(value.toPrecision(3)).toString();
  const drawMap = (data, layer, index, source) => {
    const figure = element("figure");
    const canvas = element("canvas");
    canvas.width = canvas.height = SIDE;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${layer.label} of ${source.name}`);
    const scale = at("shared").checked ? layer.range : [layer.low[index], layer.high[index]];
    const table = tableOf(layer);
    pen.putImageData(coloured(layer, index, scale, table), 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = layer.key.startsWith("cam");
    context.drawImage(scratch, 0, 0, SIDE, SIDE);
    if (at("outline").checked) outline(context, data, index);
    const caption = element("figcaption");
    const bar = element("div", "", "scale");
    const ramp = element("canvas");
    ramp.width = 256; ramp.height = 1;
    const line = ramp.getContext("2d");
    const pixels = line.createImageData(256, 1);
    for (let i = 0; i < 256; i += 1) {
      for (let c = 0; c < 3; c += 1) pixels.data[4 * i + c] = table[3 * i + c];
      pixels.data[4 * i + 3] = 255;
    }
    line.putImageData(pixels, 0, 0);
    ramp.setAttribute("aria-hidden", "true");
    bar.append(element("span", number(scale[0])), ramp, element("span", number(scale[1])));
    caption.append(element("strong", layer.label), bar);
    figure.append(canvas, caption);
    return figure;
  };
  const svg = (name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  };
  const drawHistogram = (source, passes, order) => {
    const box = at("histogram");
    const most = Math.max(...source.histogram, 1);
    const width = 300 / source.histogram.length;
    box.replaceChildren(
      ...source.histogram.map((count, bin) => svg("rect", {
        x: 10 + bin * width + 0.5, width: width - 1, y: 72 - 64 * count / most, height: 64 * count / most })),
      svg("line", { x1: 10, x2: 310, y1: 72.5, y2: 72.5 }),
      svg("line", { x1: 160, x2: 160, y1: 4, y2: 72, "stroke-dasharray": "2 3" }),
      ...[["0 · FRI", 10, "start"], ["0.5", 160, "middle"], ["FRII · 1", 310, "end"]].map(
        ([text, x, anchor]) => svg("text", { x, y: 88, "text-anchor": anchor }, text)));
    box.setAttribute("aria-label", `Distribution of p(FRII) over ${passes} TTA passes, mean ${source.p_frii.toFixed(3)}`);
    at("histogram-caption").textContent = `p(FRII) over ${passes} TTA ${passes === 1 ? "pass" : "passes"}, batches in ${order} order`;
  };

  const drawScores = (scores) => {
    at("scores").replaceChildren();
    if (!scores || !scores.length) return;
    const table = element("table");
    const row = (cells, names) => {
      const made = element("tr");
      made.append(...cells.map((text, place) => element(names[Math.min(place, 1)], text)));
      return made;
    };
    const head = element("thead");
    head.append(row(["Map", "Deletion ↓", "Insertion ↑", "Rank ↑", "Pointing ↑"], ["th", "th"]));
    const body = element("tbody");
    body.append(...scores.map(({ label, values }) =>
      row([label, ...values.map((value) => value === null ? "–" : value.toFixed(2))], ["th", "td"])));
    table.append(element("caption", "Scores of the maps (↓ low, ↑ high is good)", "quiet"), head, body);
    at("scores").append(table);
  };

  // ---------------------------------------------------------------------------- page
  const facts = (source) => [
    `${source.class}${source.confidence ? `, ${source.confidence}` : ""}${source.morphology ? `, ${source.morphology}` : ""}`,
    source.redshift === null ? "" : `z = ${source.redshift}`,
    source.extent_arcsec === null ? "" : `${source.extent_arcsec}″ across`,
    source.ra_deg === null ? "" : `RA ${source.ra_deg}°, Dec ${source.dec_deg}°`,
    `no. ${source.position} of the test file`,
  ].filter(Boolean).join(" · ");
  const keep = () => {
    const words = new URLSearchParams({ network: state.network });
    if (state.source !== null) words.set("source", state.source);
    for (const name of FILTERS) if (at(name).value) words.set(name, at(name).value);
    for (const name of ["outline", "shared"]) if (at(name).checked) words.set(name, "1");
    try { history.replaceState(null, "", `#${words}`); } catch { /* some browsers forbid it for files */ }
  };
  const listSources = (data) => {
    const passing = (source) => (!at("class").value || source.class === at("class").value)
      && (!at("confidence").value || source.confidence === at("confidence").value)
      && (!at("outcome").value || outcome(source) === at("outcome").value);
    shown = data.sources.map((_, index) => index).filter((index) => passing(data.sources[index]));
    const order = at("order").value;
    if (order) shown.sort((a, b) => (order === "wrong" ? -1 : 1) * (data.sources[a][order] - data.sources[b][order]));
    at("count").textContent = `${shown.length} of ${data.sources.length} test sources`;
    at("sources").replaceChildren(...shown.map((index) => {
      const source = data.sources[index];
      const button = element("button");
      button.type = "button";
      button.dataset.index = index;
      const mark = element("span", { right: "✓", wrong: "✗", divided: "·" }[outcome(source)], outcome(source));
      mark.title = `mostly ${outcome(source)}`;
      button.append(mark, element("span", source.name), element("span", source.class, "quiet"));
      const item = element("li");
      item.append(button);
      return item;
    }));
  };
  const drawNothing = (why) => {
    at("message").hidden = false;
    at("message").textContent = why;
    for (const id of ["name", "facts", "verdict", "histogram-caption"]) at(id).textContent = "";
    for (const id of ["histogram", "scores", "maps"]) at(id).replaceChildren();
  };
  const drawSource = (data) => {
    const index = data.sources.findIndex((source) => source.index === state.source);
    if (index < 0) { drawNothing("No source passes these filters."); return; }
    at("message").hidden = true;
    const source = data.sources[index];
    at("name").textContent = source.name;
    at("facts").textContent = facts(source);
    const called = element("b", `p(FRII) = ${source.p_frii.toFixed(3)}`);
    const rate = `${(100 * source.wrong).toFixed(source.wrong > 0 && source.wrong < 0.01 ? 1 : 0)} %`;
    at("verdict").replaceChildren(called, element("span", `Wrong in ${rate} of ${data.metadata.passes} passes`, outcome(source)));
    drawHistogram(source, data.metadata.passes, data.metadata.order);
    drawScores(source.scores);
    at("maps").replaceChildren(...data.layers.map((layer) => drawMap(data, layer, index, source)));
    for (const button of at("sources").querySelectorAll("button")) {
      const here = Number(button.dataset.index) === index;
      button.setAttribute("aria-current", here);
      if (here) {
        const list = at("sources"), item = button.parentElement;
        const above = item.offsetTop - list.offsetTop;
        if (above < list.scrollTop || above + item.offsetHeight > list.scrollTop + list.clientHeight) {
          list.scrollTop = above - list.clientHeight / 3;
        }
      }
    }
  };
  const show = async () => {
    const id = state.network;
    let data;
    try { data = await load(id); } catch { loaded.delete(id); }
    if (id !== state.network) return; // another was chosen while this one loaded
    if (!data) {
      // what another network left must not stand below this one's name
      shown = [];
      at("sources").replaceChildren();
      for (const name of ["count", "description"]) at(name).textContent = "";
      drawNothing(`The data of this network could not be loaded: ${networks.find((n) => n.id === id).file}`);
      delete document.body.dataset.ready;
      return;
    }
    listSources(data);
    if (!shown.some((index) => data.sources[index].index === state.source)) {
      state.source = shown.length ? data.sources[shown[0]].index : null;
    }
    drawSource(data);
    at("description").textContent = `${networks.find((n) => n.id === id).description}. Maps are of the un-augmented source, the only image of its batch and scaled as in training. `
      + "Each map is drawn on its own scale unless one scale is chosen; Grad-CAM is that of the last convolution, enlarged.";
    keep();
    document.body.dataset.ready = id;
  };
  const step = async (by) => {
    if (!shown.length) return;
    const data = await load(state.network);
    const here = shown.findIndex((index) => data.sources[index].index === state.source);
    const next = shown[here + by];
    if (next === undefined) return;
    state.source = data.sources[next].index;
    drawSource(data);
    keep();
  };
  const choose = (id) => { state.network = id; at("network").value = id; show(); };
  const recall = () => {
    const words = new URLSearchParams(location.hash.slice(1));
    if (networks.some((network) => network.id === words.get("network"))) state.network = words.get("network");
    if (words.has("source")) state.source = Number(words.get("source"));
    for (const name of FILTERS) {
      const wanted = words.get(name) || "";
      at(name).value = [...at(name).options].some((option) => option.value === wanted) ? wanted : "";
    }
    for (const name of ["outline", "shared"]) at(name).checked = words.has(name);
    at("network").value = state.network;
    show();
  };
  at("network").addEventListener("change", (event) => choose(event.target.value));
  for (const name of [...FILTERS, "outline", "shared"]) at(name).addEventListener("change", show);
  at("sources").addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const data = await load(state.network);
    state.source = data.sources[Number(button.dataset.index)].index;
    drawSource(data);
    keep();
  });
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
    const index = networks.findIndex((network) => network.id === state.network);
    const go = { ArrowLeft: () => step(-1), ArrowRight: () => step(1),
      "[": () => index > 0 && choose(networks[index - 1].id),
      "]": () => index < networks.length - 1 && choose(networks[index + 1].id) }[event.key];
    if (go) { event.preventDefault(); go(); }
  });
  document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
  recall();
})();
