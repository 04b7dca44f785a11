// Charts of the report. All data come from the page itself; nothing is written as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = data.rows.filter(r => r.ns !== undefined);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // `width`: of the panel, in which texts must fit.
  const theme = width => {
    const css = getComputedStyle(document.documentElement);
    const ink = css.getPropertyValue("--ink").trim(), line = css.getPropertyValue("--line").trim();
    const quiet = css.getPropertyValue("--quiet").trim();
    return {
      background: "transparent", font: "system-ui, sans-serif",
      axis: { labelColor: quiet, titleColor: ink, gridColor: line, domainColor: line, tickColor: line, titleFontWeight: 500 },
      legend: { labelColor: ink, symbolBaseFillColor: quiet, symbolBaseStrokeColor: quiet, titleColor: ink, orient: "bottom", labelLimit: width < 480 ? width - 60 : width / 2 - 50, columns: width < 480 ? 1 : 2 },
      title: { color: ink, subtitleColor: quiet, anchor: "start", fontSize: 14, fontWeight: 600, limit: width },
      view: { stroke: line },
      range: { category: dark.matches
        ? ["#7db4ff", "#ffb35c", "#5ecb8f", "#ff8a80", "#c7a6ff", "#6fdcd3", "#e6b450", "#f49ac2"]
        : ["#1756a9", "#c2570c", "#1a7f4b", "#b3261e", "#6b3fa0", "#0f766e", "#9a6700", "#a3296f"] },
    };
  };

  const who = r => r.backend + (r.variant ? "+" + r.variant : "");
  // A processor reached through OpenCL is a processor all the same.
  const place = r => (r.chip || r.device) + (r.kind ? " (" + r.kind.toUpperCase() + ")" : "");
  const dtype = r => r.weights && r.weights !== r.dtype ? r.dtype + " × " + r.weights : (r.dtype || "");
  const point = r => ({ ...r, who: who(r), where: place(r), type: dtype(r), us: r.ns / 1e3,
    low: r.low === undefined ? r.ns / 1e3 : r.low / 1e3, high: r.high === undefined ? r.ns / 1e3 : r.high / 1e3 });
  const tooltip = [["problem", "problem"], ["who", "backend"], ["where", "chip"], ["device", "device"], ["us", "time, µs"],
    ["gflops", "GFLOP/s"], ["gbs", "GB/s"], ["labels", "labels"]].map(([field, title]) => ({ field, title }));
  const log = (field, title, more) => ({ field, type: "quantitative", title, scale: { type: "log", nice: false, padding: 10, ...more } });
  const legend = title => ({ title, symbolType: "circle" });
  // One colour for a name in all charts that share a list of names; the first colours, which differ most, for those
  // that there is most of.
  const names = (values, field) => {
    const counts = new Map();
    for (const v of values) counts.set(v[field], (counts.get(v[field]) || 0) + 1);
    return { domain: [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1)) };
  };
  // Large rates in the next unit: GFLOP/s -> TFLOP/s, GB/s -> TB/s.
  const scaled = (values, fields, unit) => {
    const top = Math.max(...values.map(v => v[fields[0]]));
    if (!(top >= 10000) || !/^G/.test(unit)) return [values, unit];
    return [values.map(v => ({ ...v, ...Object.fromEntries(fields.filter(f => v[f] !== undefined).map(f => [f, v[f] / 1000])) })), unit.replace("G", "T")];
  };
  // Of integers there is no floating point to count.
  const work = type => /^[su]8/.test(type) ? "GOP/s" : "GFLOP/s";
  const rate = (value, unit) => value >= 10000 ? (value / 1000).toPrecision(4) + " " + unit.replace("G", "T") : value + " " + unit;
  const compact = { labelOverlap: "greedy", labelSeparation: 8, labelExpr: "datum.value >= 1e6 || datum.value < 0.01 ? format(datum.value, '.0e') : format(datum.value, '~r')" };

  const draws = [];
  const chart = (place, spec) => {
    const panel = document.createElement("div"), box = document.createElement("div");
    panel.append(box);
    document.getElementById("chart-" + place).append(panel);
    draws.push(() => vegaEmbed(box, { $schema: "https://vega.github.io/schema/vega-lite/v5.json", width: "container",
      height: 280, autosize: { type: "fit-x", contains: "padding" }, ...spec }, { actions: false, renderer: "svg", config: theme(box.clientWidth || 600) }));
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
    const [points, unit] = scaled([...mine, { gflops: roof.gflops, ridge: true }], ["gflops"], work(roof.dtype));
    const top = points.pop().gflops, slope = top / ridge;
    const line = [[low, low * slope], [ridge, top], [high, top]].map(([x, y]) => ({ x, y }));
    chart("rooflines", {
      title: { text: place(mine[0]) + ", " + roof.dtype, subtitle: [roof.measured ? "ceilings measured:" : "best seen among the cases:",
        rate(roof.gflops, work(roof.dtype)) + ", " + rate(roof.gbs, "GB/s")] },
      layer: [
        { data: { values: line }, mark: { type: "line", strokeWidth: 2, color: "#888", strokeDash: roof.measured ? [] : [6, 4] },
          encoding: { x: { ...log("x", "FLOP per byte"), axis: compact }, y: { ...log("y", unit), axis: compact } } },
        { data: { values: points }, mark: { type: "point", filled: true, size: 55, opacity: .8 },
          encoding: { x: log("intensity", "FLOP per byte"), y: log("gflops", unit),
            color: { field: "who", type: "nominal", legend: { ...legend("backend"), values: [...new Set(mine.map(r => r.who))].sort() }, scale: backends },
            shape: { field: "kernel", type: "nominal", title: "kernel" }, tooltip } },
      ] });
  };

  // `from`: "log", or "zero" where a small difference must look small.
  const series = (place, title, given, x, y, xTitle, yTitle, { low, high, from = "log", colours } = {}) => {
    const [values, unit] = scaled(given, [y, low, high].filter(Boolean), yTitle);
    const vertical = from === "log" ? { ...log(y, unit), axis: compact }
      : { field: y, type: "quantitative", title: unit, scale: { zero: true } };
    chart(place, {
    title, data: { values },
    layer: [
      { mark: { type: "line", strokeWidth: 1.5, opacity: .6 } },
      { mark: { type: "point", filled: true, size: 50 }, encoding: { tooltip } },
      ...(low ? [{ mark: { type: "rule" }, encoding: { y: { field: low, type: "quantitative" }, y2: { field: high } } }] : []),
    ],
    encoding: {
      x: { ...log(x, xTitle, { base: 2 }), axis: { ...compact, grid: false } }, y: vertical,
      color: { field: "line", type: "nominal", legend: { ...legend(null), values: [...new Set(values.map(v => v.line))].sort() },
        ...(colours ? { scale: colours } : {}) }, detail: { field: "line" } } });
  };
  const best = (values, key, better) => {
    const kept = new Map();
    for (const v of values) {
      const old = kept.get(key(v));
      if (!old || better(v, old)) kept.set(key(v), v);
    }
    return [...kept.values()];
  };
  const groups = (values, key) => values.reduce((m, v) => m.set(key(v), [...(m.get(key(v)) || []), v]), new Map());

  const chips = new Set(rows.map(place)).size;
  const lineName = r => who(r) + (chips > 1 ? " on " + place(r) : "");
  const backends = names(rows.map(point), "who");
  const cold = rows.filter(r => r.cache !== "hot").map(point);
  for (const roof of data.roofs) roofline(roof);
  if (!document.querySelector("#chart-rooflines > div")) nothing("rooflines", "No case with both arithmetic and bytes.");

  // One panel for each dtype: the layer that has been measured at most sizes. One size makes no line.
  const products = rows.filter(r => r.kernel === "matmul").map(point);
  const panels = [...groups(products, r => r.type)].sort();
  some("sizes", panels, "No matrix multiplication among these records.", () => {
    const lines = panels.filter(([, all]) => new Set(all.map(r => r.m)).size > 1);
    const alone = panels.filter(p => !lines.includes(p)).map(([type]) => type);
    for (const [type, all] of lines.length ? lines : panels) {
      const layers = [...groups(all, r => r.n + " × " + r.k + (r.cache === "hot" ? ", hot" : ""))];
      layers.sort((a, b) => new Set(b[1].map(r => r.m)).size - new Set(a[1].map(r => r.m)).size || b[1].length - a[1].length);
      const [layer, cases] = layers[0];
      const kept = best(cases.map(r => ({ ...r, line: lineName(r),
        glow: r.gflops * r.us / r.high, ghigh: r.gflops * r.us / r.low })),
        r => r.line + "/" + r.m, (a, b) => a.ns < b.ns);
      series("sizes", type + ", n × k = " + layer, kept, "m", "gflops", "rows m", work(type), { low: "glow", high: "ghigh" });
    }
    if (lines.length && alone.length) nothing("sizes", "At one size only, see the table: " + alone.join(", ") + ".");
  });

  const tokens = cold.filter(r => r.kernel === "attention" && r.q === 1);
  const gemv = cold.filter(r => r.kernel === "matmul" && r.m === 1);
  some("decode", [...tokens, ...gemv], "No decoding among these records.", () => {
    if (tokens.length) {
      // The heads that most was measured of.
      const shapes = [...groups(tokens, r => r.batch + " × " + r.heads + " heads, " + r.kv_heads + " of keys and values, d = " + r.d)];
      const [shape, cases] = shapes.sort((a, b) => b[1].length - a[1].length)[0];
      const cache = r => r.kv_dtype && r.kv_dtype !== r.dtype ? r.dtype + ", cache " + r.kv_dtype : r.dtype;
      const named = best(cases.map(r => ({ ...r, line: lineName(r) + ", " + cache(r) })), r => r.line + "/" + r.kv, (a, b) => a.ns < b.ns);
      series("decode", { text: "attention, one query: latency", subtitle: shape }, named, "kv", "us", "keys in the cache", "µs", { low: "low", high: "high" });
      series("decode", { text: "attention, one query: bandwidth", subtitle: shape }, named, "kv", "gbs", "keys in the cache", "GB/s");
    }
    // Chips side by side, not in one scale: what differs on one of them would be too small to be seen.
    for (const [chip, all] of groups(gemv, r => r.where)) {
      const kept = best(all.map(r => ({ ...r, what: r.type + " " + r.n + "×" + r.k })), r => r.what + "/" + r.who, (a, b) => a.ns < b.ns);
      const [values, unit] = scaled(kept, ["gbs"], "GB/s");
      chart("decode", { title: { text: chip, subtitle: "products with one row: bandwidth" }, data: { values }, height: 30 + 18 * kept.length,
        mark: { type: "bar", height: { band: .8 } }, encoding: {
          y: { field: "what", type: "nominal", title: null, axis: { labelLimit: 220 } }, yOffset: { field: "who" },
          x: { field: "gbs", type: "quantitative", title: unit, stack: null },
          color: { field: "who", type: "nominal", legend: { ...legend("backend"), values: [...new Set(kept.map(r => r.who))].sort() }, scale: backends }, tooltip } });
    }
  });

  const sweeps = rows.filter(r => ["alu", "stream"].includes(r.kernel) && r.units > 0).map(point);
  const swept = [...groups(sweeps, r => r.kernel)].filter(([, all]) => new Set(all.map(r => r.units)).size > 1);
  some("parallelism", [...swept, ...data.sweeps], "No sweeps over threads or work-groups among these records.", () => {
    for (const [kernel, all] of swept) {
      const named = best(all.map(r => ({ ...r, line: lineName(r) + " " + (r.path || r.op || "") })),
        r => r.line + "/" + r.units, (a, b) => a.ns < b.ns);
      series("parallelism", kernel, named, "units", kernel === "alu" ? "gflops" : "gbs", "threads or work-groups",
        kernel === "alu" ? "GFLOP/s" : "GB/s", { from: "zero" });
    }
    const colours = names(data.sweeps, "device");
    for (const [title, all] of groups(data.sweeps, s => s.what + ", by " + s.variable)) {
      const values = all.flatMap(s => s.points.map(p => ({ ...p, line: s.device })));
      series("parallelism", title, values, "x", "y", all[0].variable, all[0].unit, { from: "zero", colours });
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
    cascade(values, "Backends against the best on the same chip, best case first", "backend");
    if (new Set(data.cascade_devices.map(r => r.platform)).size > 1) {
      cascade(data.cascade_devices, "Devices against the best of all, best case first", "device");
    }
    if (data.cascade_vendors.length) cascade(data.cascade_vendors, "Vendors against the best of all, best case first", "vendor");
  });

  const drawAll = () => {
    delete document.body.dataset.charts;
    return Promise.all(draws.map(draw => draw())).then(() => {
      performance.mark("charts");
      document.body.dataset.charts = draws.length;
    });
  };
  drawAll();
  dark.addEventListener("change", drawAll);

  // Paper can't be unfolded.
  const folded = () => document.querySelectorAll("details:not([open])");
  let unfolded = [];
  addEventListener("beforeprint", () => { unfolded = [...folded()]; for (const d of unfolded) d.open = true; });
  addEventListener("afterprint", () => { for (const d of unfolded) d.open = false; });
})();
