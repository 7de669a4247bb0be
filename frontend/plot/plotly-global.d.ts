/** The part of Plotly that `chart.js` uses; Plotly ships no types. */

interface PlotlyElement extends HTMLDivElement {
  on(event: "plotly_relayout" | "plotly_relayouting", listener: (change: Record<string, any>) => void): void;
}

interface PlotlyStatic {
  newPlot(element: HTMLElement, data: object[], layout: object, config: object): Promise<PlotlyElement>;
  react(element: HTMLElement, data: object[], layout: object, config: object): Promise<PlotlyElement>;
  restyle(element: HTMLElement, change: object, traces: number[]): Promise<PlotlyElement>;
  relayout(element: HTMLElement, change: object): Promise<PlotlyElement>;
  purge(element: HTMLElement): void;
  toImage(figure: { data: object[]; layout: object }, options: object): Promise<string>;
}

interface Window {
  Plotly?: PlotlyStatic;
}
