// Charts of the report. All data come from the page itself; nothing is written as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows.filter(r => r.ns !== undefined);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const theme = () => {
    const css = getComputedStyle(document.documentElement);
    const ink = css.getPropertyValue("--ink").trim(), line = css.getPropertyValue("--line").trim();
    const quiet = css.getPropertyValue("--quiet").trim();
    return {
      background: "transparent", font: "system-ui, sans-serif",
      axis: { labelColor: quiet, titleColor: ink, gridColor: line, domainColor: line, tickColor: line, titleFontWeight: 500 },
      legend: { labelColor: ink, symbolBaseFillColor: quiet, symbolBaseStrokeColor: quiet, titleColor: ink, orient: "bottom", labelLimit: 240, columns: 2 },
      title: { color: ink, anchor: "start", fontSize: 14, fontWeight: 600 },
      view: { stroke: line },
      range: { category: dark.matches
        ? ["#7db4ff", "#ffb35c", "#5ecb8f", "#ff8a80", "#c7a6ff", "#6fdcd3", "#e6b450", "#f49ac2"]
        : ["#1756a9", "#c2570c", "#1a7f4b", "#b3261e", "#6b3fa0", "#0f766e", "#9a6700", "#a3296f"] },
    };
  };

  const who = r => r.backend + (r.variant ? "+" + r.variant : "");
  const dtype = r => r.weights && r.weights !== r.dtype ? r.dtype + " × " + r.weights : (r.dtype || "");
  const point = r => ({ ...r, who: who(r), type: dtype(r), us: r.ns / 1e3,
    low: r.low === undefined ? r.ns / 1e3 : r.low / 1e3, high: r.high === undefined ? r.ns / 1e3 : r.high / 1e3 });
  const tooltip = [["problem", "problem"], ["who", "backend"], ["device", "device"], ["us", "time, µs"],
    ["gflops", "GFLOP/s"], ["gbs", "GB/s"], ["labels", "labels"]].map(([field, title]) => ({ field, title }));
  const log = (field, title, more) => ({ field, type: "quantitative", title, scale: { type: "log", nice: false, padding: 10, ...more } });
  const legend = title => ({ title, symbolType: "circle" });
  const compact = { labelOverlap: "greedy", labelSeparation: 8, labelExpr: "datum.value >= 1e6 || datum.value < 0.01 ? format(datum.value, '.0e') : format(datum.value, '~r')" };

  const draws = [];
  const chart = (place, spec) => {
    const panel = document.createElement("div"), box = document.createElement("div");
    panel.append(box);
    document.getElementById("chart-" + place).append(panel);
    draws.push(() => vegaEmbed(box, { $schema: "https://vega.github.io/schema/vega-lite/v5.json", width: "container",
      height: 280, autosize: { type: "fit-x", contains: "padding" }, ...spec }, { actions: false, renderer: "svg", config: theme() }));
  };
  const nothing = (place, text) => {
    const p = document.createElement("p");
    p.textContent = text;
    document.getElementById("chart-" + place).append(p);
  };
  const some = (place, values, text, draw) => values.length ? draw(values) : nothing(place, text);

  const roofline = roof => {
    const mine = rows.filter(r => r.chip === roof.device && r.dtype === roof.dtype && r.intensity > 0 && !["alu", "stream"].includes(r.kernel)).map(point);
    if (!mine.length) return;
    const ridge = roof.gflops / roof.gbs;
    const xs = mine.map(r => r.intensity).concat([ridge]);
    const low = Math.min(...xs) / 2, high = Math.max(...xs) * 2;
    const line = [[low, low * roof.gbs], [ridge, roof.gflops], [high, roof.gflops]].map(([x, y]) => ({ x, y }));
    chart("rooflines", {
      title: { text: roof.device + ", " + roof.dtype, subtitle: (roof.measured ? "ceilings measured: " : "best seen among the cases: ") +
        roof.gflops + " GFLOP/s, " + roof.gbs + " GB/s", subtitleColor: getComputedStyle(document.documentElement).getPropertyValue("--quiet") },
      layer: [
        { data: { values: line }, mark: { type: "line", strokeWidth: 2, color: "#888", strokeDash: roof.measured ? [] : [6, 4] },
          encoding: { x: { ...log("x", "FLOP per byte"), axis: compact }, y: { ...log("y", "GFLOP/s"), axis: compact } } },
        { data: { values: mine }, mark: { type: "point", filled: true, size: 55, opacity: .8 },
          encoding: { x: log("intensity", "FLOP per byte"), y: log("gflops", "GFLOP/s"),
            color: { field: "who", type: "nominal", legend: legend("backend") },
            shape: { field: "kernel", type: "nominal", title: "kernel" }, tooltip } },
      ] });
  };

  const series = (place, title, values, x, y, xTitle, yTitle, low, high) => chart(place, {
    title, data: { values },
    layer: [
      { mark: { type: "line", strokeWidth: 1.5, opacity: .6 } },
      { mark: { type: "point", filled: true, size: 50 }, encoding: { tooltip } },
      ...(low ? [{ mark: { type: "rule" }, encoding: { y: { field: low, type: "quantitative" }, y2: { field: high } } }] : []),
    ],
    encoding: {
      x: { ...log(x, xTitle, { base: 2 }), axis: { ...compact, grid: false } }, y: { ...log(y, yTitle), axis: compact },
      color: { field: "line", type: "nominal", legend: legend(null) }, detail: { field: "line" } } });
  const best = (values, key, better) => {
    const kept = new Map();
    for (const v of values) {
      const old = kept.get(key(v));
      if (!old || better(v, old)) kept.set(key(v), v);
    }
    return [...kept.values()];
  };
  const groups = (values, key) => values.reduce((m, v) => m.set(key(v), [...(m.get(key(v)) || []), v]), new Map());

  const lineName = (r, devices) => who(r) + (devices > 1 ? ", " + r.device : "");
  const cold = rows.filter(r => r.cache !== "hot").map(point);
  const devices = new Set(rows.map(r => r.device)).size;

  for (const roof of data.roofs) roofline(roof);
  if (!document.querySelector("#chart-rooflines > div")) nothing("rooflines", "No case with both arithmetic and bytes.");

  // One panel for each dtype: the layer that has been measured at most sizes.
  const products = rows.filter(r => r.kernel === "matmul").map(point);
  const panels = [...groups(products, r => r.type)].sort();
  some("sizes", panels, "No matrix multiplication among these records.", () => {
    for (const [type, all] of panels) {
      const layers = [...groups(all, r => r.n + " × " + r.k + (r.cache === "hot" ? ", hot" : ""))];
      layers.sort((a, b) => new Set(b[1].map(r => r.m)).size - new Set(a[1].map(r => r.m)).size || b[1].length - a[1].length);
      const [layer, cases] = layers[0];
      const kept = best(cases.map(r => ({ ...r, line: lineName(r, devices),
        glow: r.gflops * r.us / r.high, ghigh: r.gflops * r.us / r.low })),
        r => r.line + "/" + r.m, (a, b) => a.ns < b.ns);
      series("sizes", type + ", n × k = " + layer, kept, "m", "gflops", "rows m", "GFLOP/s", "glow", "ghigh");
    }
  });

  const tokens = cold.filter(r => r.kernel === "attention" && r.q === 1);
  const gemv = cold.filter(r => r.kernel === "matmul" && r.m === 1);
  some("decode", [...tokens, ...gemv], "No decoding among these records.", () => {
    if (tokens.length) {
      const named = tokens.map(r => ({ ...r, line: lineName(r, devices) + ", " + r.type }));
      series("decode", "attention, one query: latency", named, "kv", "us", "keys in the cache", "µs", "low", "high");
      series("decode", "attention, one query: bandwidth", named, "kv", "gbs", "keys in the cache", "GB/s");
    }
    if (gemv.length) {
      chart("decode", { title: "products with one row: bandwidth", data: { values: gemv.map(r => ({ ...r,
        what: r.type + " " + r.n + "×" + r.k })) }, height: 30 + 18 * gemv.length,
        mark: { type: "bar", height: { band: .8 } }, encoding: {
          y: { field: "what", type: "nominal", title: null, axis: { labelLimit: 220 } }, yOffset: { field: "who" },
          x: { field: "gbs", type: "quantitative", title: "GB/s" },
          color: { field: "who", type: "nominal", legend: legend("backend") }, tooltip } });
    }
  });

  const sweeps = rows.filter(r => ["alu", "stream"].includes(r.kernel) && r.units > 0).map(point);
  const swept = [...groups(sweeps, r => r.kernel)].filter(([, all]) => new Set(all.map(r => r.units)).size > 1);
  some("parallelism", [...swept, ...data.sweeps], "No sweeps over threads or work-groups among these records.", () => {
    for (const [kernel, all] of swept) {
      const named = best(all.map(r => ({ ...r, line: lineName(r, devices) + " " + (r.path || r.op || "") })),
        r => r.line + "/" + r.units, (a, b) => a.ns < b.ns);
      series("parallelism", kernel, named, "units", kernel === "alu" ? "gflops" : "gbs", "threads or work-groups",
        kernel === "alu" ? "GFLOP/s" : "GB/s");
    }
    for (const [title, all] of groups(data.sweeps, s => s.what + ", by " + s.variable)) {
      const values = all.flatMap(s => s.points.map(p => ({ ...p, line: s.device })));
      series("parallelism", title, values, "x", "y", all[0].variable, all[0].unit);
    }
  });

  const cascade = (values, title, what) => chart("cascade", {
    title, data: { values },
    mark: { type: "line", interpolate: "step-after", point: { filled: true, size: 35 } }, encoding: {
      x: { field: "rank", type: "quantitative", title: "cases", axis: { tickMinStep: 1, format: "d" } },
      y: { field: "share", type: "quantitative", title: "of the best known", scale: { domain: [0, 1] } },
      color: { field: "platform", type: "nominal", legend: legend(what) },
      tooltip: ["platform", "rank", "share"].map(field => ({ field })) } });
  some("cascade", data.cascade, "Nothing to compare.", values => {
    cascade(values, "Backends against the best on the same device, best case first", "backend");
    if (new Set(data.cascade_devices.map(r => r.platform)).size > 1) {
      cascade(data.cascade_devices, "Devices against the best of all, best case first", "device");
    }
  });

  const drawAll = () => Promise.all(draws.map(draw => draw())).then(() => { document.body.dataset.charts = draws.length; });
  drawAll();
  dark.addEventListener("change", drawAll);

  // Paper can't be unfolded.
  const folded = () => document.querySelectorAll("details:not([open])");
  let unfolded = [];
  addEventListener("beforeprint", () => { unfolded = [...folded()]; for (const d of unfolded) d.open = true; });
  addEventListener("afterprint", () => { for (const d of unfolded) d.open = false; });
})();
