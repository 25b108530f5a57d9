// Charts are drawn, so the page's styles do not reach their text: it is given the page's colours, by day and by night.
(() => {
  const charts = () => [...document.querySelectorAll("canvas.chart")].map((canvas) => Chart.getChart(canvas)).filter(Boolean);

  const paint = () => {
    const box = document.querySelector(".desk-chart");
    if (!box) return;
    const { color } = getComputedStyle(box);
    Chart.defaults.color = color;
    for (const chart of charts()) {
      for (const scale of Object.values(chart.options.scales)) scale.ticks.color = color;
      chart.update("none");
    }
  };

  window.addEventListener("load", () => {
    paint();
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();
