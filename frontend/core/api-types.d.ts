/** The API's types, written from its description by `make types`: do not edit. */

/** Ackley, and its settings. */
export interface AckleyObjectiveChoice {
  /** Chooses Ackley. */
  id: "ackley";
  /** The parameters that are not at default. */
  parameters?: AckleyParameters;
}

/** The parameters of Ackley. */
export interface AckleyParameters {
  /** Depth of the funnel */
  a?: number;
  /** How fast the funnel rises */
  b?: number;
}

/** The hyperparameters of AdaBelief. */
export interface AdabeliefHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** Let the weight decay act on the position itself and not through the averages. */
  decoupled_weight_decay?: boolean;
}

/** AdaBelief, and its settings. */
export interface AdabeliefOptimizerChoice {
  /** Chooses AdaBelief. */
  id: "adabelief";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdabeliefHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Adadelta. */
export interface AdadeltaHyperparameters {
  /** What each step is multiplied by; the paper has no such factor. */
  lr?: number;
  /** How much of the averages of squared gradients and squared steps is kept. */
  rho?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** Adadelta, and its settings. */
export interface AdadeltaOptimizerChoice {
  /** Chooses Adadelta. */
  id: "adadelta";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdadeltaHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Adagrad. */
export interface AdagradHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How fast the learning rate shrinks: after t steps it is divided by 1 + tγ. */
  lr_decay?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** The sum of squared gradients before the first step; above 0 it shortens early steps. */
  initial_accumulator_value?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** Add epsilon before the root is taken, as some papers print it, not after. */
  eps_inside_root?: boolean;
}

/** Adagrad, and its settings. */
export interface AdagradOptimizerChoice {
  /** Chooses Adagrad. */
  id: "adagrad";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdagradHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Adam. */
export interface AdamHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /**
   * Divide by the largest average so far, so that a steep slope is never forgotten. With bias
   * correction steps can still grow again.
   */
  amsgrad?: boolean;
  /** Correct the averages for having started at zero; without it the first steps are longer. */
  bias_correction?: boolean;
  /** Add epsilon before the root is taken, as some papers print it, not after. */
  eps_inside_root?: boolean;
}

/** Adam, and its settings. */
export interface AdamOptimizerChoice {
  /** Chooses Adam. */
  id: "adam";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdamHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Adamax. */
export interface AdamaxHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** Adamax, and its settings. */
export interface AdamaxOptimizerChoice {
  /** Chooses Adamax. */
  id: "adamax";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdamaxHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of AdamW. */
export interface AdamwHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /**
   * Divide by the largest average so far, so that a steep slope is never forgotten. With bias
   * correction steps can still grow again.
   */
  amsgrad?: boolean;
  /** Correct the averages for having started at zero; without it the first steps are longer. */
  bias_correction?: boolean;
  /** Add epsilon before the root is taken, as some papers print it, not after. */
  eps_inside_root?: boolean;
}

/** AdamW, and its settings. */
export interface AdamwOptimizerChoice {
  /** Chooses AdamW. */
  id: "adamw";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AdamwHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The type and shape of an array. */
export interface ArraySummary {
  /** The type, as NumPy spells it. */
  dtype: string;
  /** The lengths of its axes. */
  shape: number[];
}

/** The direction of steepest descent of a surface at the origin. */
export interface Arrow {
  /** The surface's id. */
  surface: string;
  /** The component along the first direction; null if not finite. */
  x: number | null;
  /** The component along the second direction; null if not finite. */
  y: number | null;
  /** The norm of the full gradient; null if not finite. */
  norm: number | null;
  /** The cosine with the gradient on the whole training set; null if not known. */
  cosine: number | null;
}

/** An optimizer's settings on the page of the article that inspired this one. */
export interface ArticleSettings {
  /** The value of every hyperparameter, by id. */
  hyperparameters: Record<string, boolean | number>;
  /** The most steps of a descent. */
  steps: number;
}

/** The hyperparameters of Averaged SGD. */
export interface AsgdHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /**
   * How strongly the iterate is pulled to the origin, and how fast its learning rate shrinks.
   */
  lambd?: number;
  /** How fast the learning rate shrinks: by this power of the steps. */
  alpha?: number;
  /** The average begins after as many steps; until then it is the iterate itself. */
  t0?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** Averaged SGD, and its settings. */
export interface AsgdOptimizerChoice {
  /** Chooses Averaged SGD. */
  id: "asgd";
  /** The hyperparameters that are not at default. */
  hyperparameters?: AsgdHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** How far the loss rises between two networks, or how far a metric becomes worse. */
export interface Barrier {
  /** The height; null if a loss is not finite. */
  height: number | null;
  /** The coordinate of the largest rise; null if a loss is not finite. */
  at: number | null;
  /** The definition, as a sentence. */
  rule: string;
}

/** One axis of a basin map's grid. */
export interface BasinAxis {
  /** The first coordinate. */
  min: number;
  /** The last coordinate, greater than `min`. */
  max: number;
  /** How many coordinates. */
  count: number;
}

/** Where one optimizer leads from every start of a grid. */
export interface BasinMap {
  /** The optimizer's id. */
  optimizer: string;
  /**
   * The minimum by start, as an index into `minima`: `labels[j, i]` is that of the start
   * `(x[i], y[j])`; -1 if there is none.
   */
  labels: TypedArray;
  /** The step of arrival by start; -1 if it never arrives. */
  steps: TypedArray;
  /** The share of each minimum. */
  shares: BasinShare[];
  /** The share of starts that lead to no minimum, 0 to 1. */
  none: number;
  /** The share of starts that diverge, 0 to 1. */
  diverged: number;
}

/** The share of one minimum's basin. */
export interface BasinShare {
  /** The minimum, as an index into `minima`. */
  minimum: number;
  /** Whether no other minimum in the domain is lower. */
  global: boolean;
  /** The share of starts that lead to the minimum, 0 to 1. */
  share: number;
  /** The share of starts that arrive at it and stay to the end, 0 to 1. */
  arrived: number;
}

/** Optimizers to run on an objective from every start of a grid. */
export interface BasinsRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** The starts along x. */
  x: BasinAxis;
  /** The starts along y. */
  y: BasinAxis;
  /** The optimizers to run. */
  optimizers: (GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice)[];
  /** The noise in the gradients. */
  noise?: GradientNoise;
}

/** The basins of several optimizers. */
export interface BasinsResponse {
  /** The basins, in the request's order. */
  basins: BasinMap[];
  /** The objective's minima. */
  minima: Minimum[];
  /** Whether no minimum is listed because there are too many, or none is isolated. */
  too_many_minima: boolean;
}

/** The correlations of many batches' surfaces with that of the whole training set. */
export interface BatchCorrelations {
  /** The images of one batch. */
  images: number;
  /** The batches. */
  batches: number;
  /** The distance from the origin within which surfaces count as near. */
  within: number;
  /** The names of the arrays: `plane` on the whole plane, `near` within it. */
  arrays: Record<string, string>;
}

/** A snapshot of a run around which the losses of batches are drawn. */
export interface BatchMoment {
  /** The run's step. */
  step: number;
  /** The passes over the training set; null if not known. */
  epoch: number | null;
  /** The snapshot's coordinate along the first direction. */
  x: number;
  /** Its coordinate along the second direction. */
  y: number;
  /** Its distance from the run's plane. */
  distance: number;
}

/** What batches of several sizes see of the loss at some moments of a run. */
export interface BatchPath {
  /** The run's id. */
  run: string;
  /** The moments. */
  moments: BatchMoment[];
  /** What samples of each size see. */
  views: BatchView[];
  /** Which planes and which samples these are, as sentences. */
  rule: string;
}

/** What samples of one size see at each moment. */
export interface BatchView {
  /** The samples, as the ids of surfaces name them. */
  surface: string;
  /** Their number. */
  images: number;
  /**
   * The names of its arrays: one for each metric, moments by rows by columns; the direction of
   * descent at the snapshot (`arrow.x`, `arrow.y`), the full gradient's `norm` and its `cosine`
   * with that on the whole training set, one for each moment.
   */
  arrays: Record<string, string>;
  /** The lowest finite loss; null if there is none. */
  lowest: number | null;
  /** The highest finite loss; null if there is none. */
  highest: number | null;
  /** The points whose loss is not finite. */
  not_finite: number;
}

/** Beale, and its settings. */
export interface BealeObjectiveChoice {
  /** Chooses Beale. */
  id: "beale";
  /** The parameters that are not at default. */
  parameters?: BealeParameters;
}

/** The parameters of Beale. */
export interface BealeParameters {
}

/** The learning rate of a curve at which most starts arrive. */
export interface BestRate {
  /**
   * What the rate reaches from as many other starts, which its choice has not seen: the curve's
   * own share is the best of many.
   */
  score: RatePoint;
  /**
   * Whether it is the first or the last rate of the curve, so that a better one may lie beyond.
   */
  at_edge: boolean;
  /**
   * The lowest good rate: from there to `good_high` at least 0.9 times as many starts arrive at
   * each rate of the curve.
   */
  good_low: number;
  /** The highest good rate. */
  good_high: number;
}

/** What happens to buffers, such as running statistics, at each point. */
export interface BufferRule {
  /**
   * They are those of the origin (`frozen`), computed anew at each point (`recalibrated`), or
   * there are `none`.
   */
  policy: "none" | "frozen" | "recalibrated";
  /** The training batches from which they are computed; null if they are not. */
  batches: number | null;
  /** The reason, as a sentence. */
  why: string;
}

/**
 * A landscape or a table of the paper, as the catalog lists it. `url` and `files` are relative
 * to the catalog's address, so that they hold below any prefix: from
 * `https://example.com/atlas/api/v1/landscapes`, `landscapes/bowl?v=1` leads to
 * `https://example.com/atlas/api/v1/landscapes/bowl?v=1`. They carry the version, so that a
 * client may keep their answers for good.
 */
export interface CatalogEntry {
  /** The landscape's name in addresses. */
  id: string;
  /**
   * The landscape's name within its folder. It differs from `id` if an earlier folder has a
   * landscape of the same name.
   */
  own_id: string;
  /** The id of its study, among those of the catalog. */
  study: string;
  /**
   * A landscape has a plane and surfaces, a profile a segment, a table cells; `segments` have
   * profiles between points of runs, a `lottery` many random planes, a `batch-path` the
   * surfaces of batches along a run.
   */
  kind: "landscape" | "profile" | "table" | "segments" | "lottery" | "batch-path";
  /** What it is. */
  title: string;
  /** What can be seen in it. */
  shows: string;
  /** The paper's figures and tables to which it belongs. */
  figures: string[];
  /** How the plane was made; null without one. */
  plane: "random" | "pca" | "minima" | "shared" | "ends" | "given" | "hessian" | null;
  /** The run and step at the plane's origin; null if there is none. */
  origin: Origin | null;
  /** The trainings that it is about. */
  runs: Run[];
  /** The optimizers of its runs; `gd` is SGD on the whole training set. */
  optimizers: string[];
  /** The ids of its surfaces. */
  surfaces: string[];
  /** The ids of what its surfaces or its profile have values of; none for a table. */
  metrics: string[];
  /** The grid's lengths: rows, columns; null without one. */
  grid: [number, number] | null;
  /** False while it is being computed. */
  complete: boolean;
  /** Whether it shows directions of descent. */
  arrows: boolean;
  /** A table's cells. */
  cells: TableCell[];
  /** A table's share of variance that each factor explains, 0 to 1. */
  explained: Record<string, number | null>;
  /**
   * How a table's accuracies compare; null for a landscape, and for a table without accuracies.
   */
  standings: TableStandings | null;
  /** A hash that changes when the landscape does. */
  version: string;
  /** The landscape's address, relative to the catalog's. */
  url: string;
  /** The addresses of its files by name, relative to the catalog's. */
  files: Record<string, string>;
}

/** A study in one folder, or the landscapes there that belong to none. */
export interface CatalogStudy {
  /** The study's id, unique in the catalog. */
  id: string;
  /** What it is. */
  title: string;
  /** What it is about; empty if its author did not say. */
  text: string;
  /** Whether it is the paper's own study, by its data set and network. */
  is_paper: boolean;
  /**
   * The atlas's chapter on it; null if it has none. A study is known by its data set and
   * network.
   */
  chapter: "paper" | "skips" | "transformer" | "digits" | null;
  /** The id of the landscape that leads the chapter; null if it is not there. */
  lead: string | null;
}

/** A claim, with its verdict on the landscapes of this server. */
export interface Claim {
  /** The claim's name. */
  id: string;
  /** The claim in a few words. */
  title: string;
  /** The claim. */
  statement: string;
  /** Whether the numbers bear it out. */
  verdict: ClaimVerdict;
  /** The numbers in words. */
  finding: string;
  /** The rule by which it was judged, from the dated file of rules. */
  rule: string;
  /** The parts of the claim, each true or false, or not to be told. */
  checks: ClaimCheck[];
  /** The numbers. */
  numbers: ClaimNumber[];
  /**
   * The page that shows them, relative to the site's base: from `https://example.com/atlas/`,
   * `landscapes?show=bowl` leads to `https://example.com/atlas/landscapes?show=bowl`.
   */
  link: string;
  /**
   * The paper's figures and tables that the claim is about; of other claims, the publications
   * that they are from.
   */
  figures: string[];
  /** What the same design says on other images, by the same rule. */
  repeats: ClaimRepeat[];
}

/** A part of a claim. */
export interface ClaimCheck {
  /** The statement that is checked. */
  text: string;
  /** Whether it is true; null if the numbers do not decide. */
  passed: boolean | null;
}

/** A number behind a claim. */
export interface ClaimNumber {
  /** The number's name. */
  label: string;
  /** The number; null if it is not finite. */
  value: number | null;
  /** What it counts. An accuracy is in percent, an angle in degrees, a share from 0 to 1. */
  unit: "accuracy" | "angle" | "correlation" | "cosine" | "count" | "curvature" | "images" | "loss" | "ratio" | "seconds" | "share";
}

/** What a study that repeats the paper's design on other images says to a claim. */
export interface ClaimRepeat {
  /** The study's id. */
  study: string;
  /** What its images are. */
  images: string;
  /** Whether its numbers bear the claim out. */
  verdict: ClaimVerdict;
  /** The numbers in words. */
  finding: string;
  /** The parts of the claim, each true or false, or not to be told. */
  checks: ClaimCheck[];
  /** The numbers. */
  numbers: ClaimNumber[];
  /** The page that shows them, relative to the site's base. */
  link: string;
}

/**
 * `holds`: every check is true. `holds in part`: some are. `does not hold`: all are false.
 * `contested`: two measures of it decide differently. `cannot be told`: evidence is missing, or
 * the numbers do not decide.
 */
export type ClaimVerdict = "holds" | "holds in part" | "does not hold" | "contested" | "cannot be told";

/** Claims, each with its verdict on the landscapes of this server. */
export interface ClaimsResponse {
  /** The paper's claims, in its order. */
  claims: Claim[];
  /**
   * When the rules were fixed by which the paper's claims are judged; `/api/v1/claims/rules` is
   * their file.
   */
  rules_fixed: string;
  /** Claims of the literature about curvature. */
  curvature: Claim[];
  /**
   * When the rules were fixed by which the claims about curvature are judged;
   * `/api/v1/claims/curvature-rules` is their file.
   */
  curvature_rules_fixed: string;
  /** Claims of the literature about networks with and without skips. */
  skips: Claim[];
  /** Claims of the literature about training a transformer. */
  transformer: Claim[];
  /**
   * When the rules were fixed by which the claims about skips and the transformer are judged;
   * `/api/v1/claims/network-rules` is their file.
   */
  network_rules_fixed: string;
}

/** Constant. The learning rate stays as it is. */
export interface ConstantScheduleChoice {
  /** Chooses the schedule: Constant. */
  id: "constant";
}

/** Cosine. Lowers the learning rate along half a cosine: slowly at first and at the end. */
export interface CosineScheduleChoice {
  /** Chooses the schedule: Cosine. */
  id: "cosine";
  /**
   * How many steps half the cosine takes; in more steps the rate rises again. If it is null: 1
   * times the steps of the descent, rounded up.
   */
  T_max?: number | null;
  /** The learning rate at the end of the cosine. */
  eta_min?: number;
}

/** The steps at which a descent is above its limit. */
export interface Crossing {
  /** The first of them. */
  first: number;
  /** Sharpness times rate at the first; null if it is not finite. */
  value: number | null;
  /** How many there are. */
  count: number;
  /** The largest sharpness times rate of all steps; null if it is not finite. */
  highest: number | null;
  /** Whether all steps from the first one on are above the limit. */
  stays: boolean;
}

/** The sharpness along a run with one of its seeds. */
export interface Curvature {
  /** The run's id. */
  run: string;
  /** The seed. */
  seed: number;
  /** The training images of one subset. */
  images: number;
  /** The disjoint subsets. */
  subsets: number;
  /** The seed with which the subsets were drawn. */
  images_seed: number;
  /** The residual of a value that has converged, relative to it, at most. */
  tolerance: number;
  /** The products with Hessians that were made. */
  products: number;
  /** The run's full-batch stability limit, null where none is known. */
  limit: number | null;
  /** The value that the limit bounds. */
  limit_of: "sharpness" | "preconditioned" | null;
  /** The names of its arrays, by what they hold. */
  arrays: Record<string, string>;
}

/** The samples that a network was trained and tested on. */
export interface Dataset {
  /** The dataset's name. */
  name: string;
  /** The names of the classes. */
  classes?: string[];
  /** The samples for training; null if their number is not known. */
  train?: number | null;
  /** The samples for testing; null if their number is not known. */
  test?: number | null;
  /** Where the samples come from, as a sentence; null if nothing says so. */
  origin?: string | null;
}

/** A range of numbers with a default. */
export interface DefaultRange {
  /** The least value, included. */
  min: number;
  /** The greatest value, included. */
  max: number;
  /** The value that is taken if a request gives none. */
  default: number;
}

/** One optimizer's path. */
export interface Descent {
  /** The optimizer's id. */
  optimizer: string;
  /**
   * How the descent ended. `converged` and `stationary` need a last step of at most 1e-8 at the
   * unscheduled learning rate: a schedule that ends near zero brings no rest.
   */
  status: DescentStatus;
  /**
   * The steps taken: as many as the budget pays for, or, if it diverged, the step in which it
   * left.
   */
  steps: number;
  /** The gradients spent, each with a value; as many as `steps` unless a step takes several. */
  evaluations: number;
  /**
   * The minimum to which the gradient flow leads from the end, as an index into `minima`; null
   * if there is none.
   */
  minimum: number | null;
  /**
   * Whether the path stays within the arrival distance of it to the end: over the last W + 1
   * points, W = max(20, ⌈steps / 10⌉), or all points if there are fewer; where a step takes
   * several gradients, over the points of the last W of these. If the gradient is noisy, one
   * point in 20 may lie outside.
   */
  arrived: boolean;
  /**
   * The first step of that stay, which lasts to the end (with noise: of the earliest W + 1
   * points from which on any W + 1 in succession pass); null if the path does not arrive.
   */
  arrival: number | null;
  /**
   * If the path does not arrive, its longest unbroken stay near one minimum; null if that has
   * fewer than W + 1 points, and if the path arrives.
   */
  visit: Visit | null;
  /**
   * Why the objective has no gradient at the last point and what counts as it; null if it has
   * one, and if the descent diverged.
   */
  kink: string | null;
  /** The learning rate over the steps; null if it is constant. */
  rates: Rates | null;
  /** The step of each point, ascending from 0. Long paths are thinned. */
  step: TypedArray;
  /** The gradients spent until each point; null where each step takes one. */
  spent: TypedArray | null;
  /** The first coordinate of each point, of the average where the optimizer averages. */
  x: TypedArray;
  /** The second coordinate of each point. */
  y: TypedArray;
  /** The objective's value at each point, without noise. */
  loss: TypedArray;
}

/**
 * How a descent ended: `converged` (arrived at a smooth minimum, with last gradient and last
 * step at most 1e-8), `stationary` (the same elsewhere: a saddle, a maximum, a plateau),
 * `exhausted` (its steps ran out, whether it has arrived or not) or `diverged`. Every descent
 * takes all of its steps unless it diverges.
 */
export type DescentStatus = "converged" | "stationary" | "exhausted" | "diverged";

/** Optimizers to run on an objective from one start. */
export interface DescentsRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** Where every descent begins. */
  start: Start;
  /** The optimizers to run. */
  optimizers: (GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice)[];
  /** The noise in the gradients. */
  noise?: GradientNoise;
}

/** The paths of several optimizers from one start. */
export interface DescentsResponse {
  /** The descents, in the request's order. */
  descents: Descent[];
  /** The objective's minima. */
  minima: Minimum[];
  /** Whether no minimum is listed because there are too many, or none is isolated. */
  too_many_minima: boolean;
}

/** The part of the plane that the page shows at first. */
export interface Domain {
  /** The range of x. */
  x: Range;
  /** The range of y. */
  y: Range;
}

/** One side of a domain. */
export interface DomainSide {
  /** The first coordinate. */
  min: number;
  /** The last coordinate, greater than `min`. */
  max: number;
}

/** An eigenvalue of the Hessian, whose eigenvector is a direction of a plane. */
export interface Eigenpair {
  /** The end of the spectrum. */
  end: "largest" | "smallest";
  /** The place at that end, from 1. */
  rank: number;
  /** The eigenvalue. */
  value: number;
  /** The norm of Hv - λv with the unit eigenvector v. */
  residual: number;
  /** Whether the residual is within the tolerance. */
  converged: boolean;
  /** The length of the plane's direction. */
  length: number;
}

/** A network through which a plane or segment passes. */
export interface End {
  /** Its name for people. */
  label: string;
  /** The step of its training; null if not known. */
  step: number | null;
  /** Its coordinate along the first direction; 0 or 1 on a segment. */
  x: number;
  /** Its coordinate along the second direction; 0 on a segment. */
  y: number;
  /** Its loss under the rules of the landscape; null if not finite. */
  loss: number | null;
  /** Its loss with its own buffers; null if the rules use them. */
  own_loss: number | null;
}

/** How each descent ended; descent i has the seed `first_seed` + i. */
export interface EnsembleEnds {
  /** The first coordinate of each last point, float64; NaN if it diverged. */
  x: TypedArray;
  /** The second coordinate of each last point, float64; NaN if it diverged. */
  y: TypedArray;
  /**
   * The steps taken: all that were asked for, or, if it diverged, the step in which it left.
   */
  steps: TypedArray;
  /** The minimum in whose basin each ended, as an index into `minima`; -1 for none. */
  minimum: TypedArray;
  /**
   * The step of arrival there, -1 where it did not arrive: the same as `arrival` of a descent.
   */
  arrival: TypedArray;
}

/** The noise in the gradients of an ensemble. */
export interface EnsembleNoise {
  /**
   * The standard deviation of one coordinate of a one-sample gradient. Without noise all seeds
   * would give one descent.
   */
  std?: number;
  /** Samples that a gradient averages; the noise is divided by its root. */
  batch_size?: number;
  /** The seed of the first descent; each has the next. */
  seed?: number;
  /**
   * Whether all optimizers see the noise, not sgd alone; those that are `is_exact` never do.
   */
  all?: boolean;
}

/** One optimizer to run on an objective from one start, under many seeds of the noise. */
export interface EnsembleRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** Where every descent begins. */
  start: Start;
  /** The optimizer to run. */
  optimizer: GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice;
  /** The noise in the gradients. */
  noise?: EnsembleNoise;
  /** How many descents to run: their seeds are `noise.seed` and those after. */
  seeds: number;
}

/** The descents of one optimizer from one start under many seeds. */
export interface EnsembleResponse {
  /** The optimizer's id. */
  optimizer: string;
  /**
   * The seed of the first descent; each has the next. A descent with one of these seeds in
   * `noise.seed` is the same to the bit.
   */
  first_seed: number;
  /** How many descents there are. */
  seeds: number;
  /**
   * The steps at which positions are kept, the same for all: ascending from 0 to the last,
   * evenly spaced in the step's square root where not all are kept.
   */
  step: TypedArray;
  /**
   * `x[i, k]` is the first coordinate of descent i at `step[k]`, rounded to float32; NaN from
   * the step on at which it diverged.
   */
  x: TypedArray;
  /** The second coordinates, in the same form. */
  y: TypedArray;
  /** How each descent ended. */
  ends: EnsembleEnds;
  /** How many ended in which way. */
  statuses: StatusCounts;
  /** One entry for each minimum in whose basin a descent ended, the commonest first. */
  shares: EnsembleShare[];
  /** The descents that ended in no minimum's basin and did not diverge. */
  none: Proportion;
  /** The descents that diverged. */
  diverged: Proportion;
  /** The losses, as a distribution. */
  losses: LossQuantiles;
  /** The objective's minima. */
  minima: Minimum[];
  /** Whether no minimum is listed because there are too many, or none is isolated. */
  too_many_minima: boolean;
}

/** The descents that end in the basin of one minimum. */
export interface EnsembleShare {
  /** The minimum, as an index into `minima`. */
  minimum: number;
  /** Whether no other minimum in the domain is lower. */
  global: boolean;
  /** Those whose last point lies in its basin. */
  ended: Proportion;
  /** Those of them that also arrive there and stay. */
  arrived: Proportion;
}

/** How the loss was evaluated at a point. */
export interface Evaluation {
  /** The loss's name. */
  loss: string;
  /** The loss's unit; null if not known. */
  unit: string | null;
  /** The samples, or the weight, that the means are over. */
  samples: number;
  /** The batches. */
  batches: number;
  /** What a mean counts: `samples`, or the name of a function. */
  weight: string;
  /**
   * Whether a sample's loss depends on its batch: `independent`, it does not; `as given`, it
   * does, and the batches were those given; or `unknown`.
   */
  composition: "independent" | "as given" | "unknown";
  /** The types of the computation. */
  precision: string;
  /** The device. */
  device: string;
  /** The parameters that vary. */
  parameters: VaryingParameters;
  /** What happens to buffers, such as running statistics. */
  buffers: BufferRule;
  /** How random directions were scaled; null if none was drawn. */
  normalization: "filter" | "layer" | "none" | null;
  /**
   * What random directions have at one-dimensional parameters: nothing (`zero`), or the `same`
   * scaling as others; null if none was drawn.
   */
  one_dimensional: "zero" | "same" | null;
  /** The points that are evaluated at once. */
  points_at_once?: number;
  /** Sentences on what a reader may not expect. */
  notes?: string[];
  /** PyTorch's version. */
  torch: string;
}

/** The hyperparameters of Eve. */
export interface EveHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** How much of the average of the loss's relative change is kept. */
  beta3?: number;
  /**
   * The learning rate is divided and multiplied by this factor at most; with 1 the rule is
   * Adam.
   */
  c?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
}

/** Eve, and its settings. */
export interface EveOptimizerChoice {
  /** Chooses Eve. */
  id: "eve";
  /** The hyperparameters that are not at default. */
  hyperparameters?: EveHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** Exponential. Lowers the learning rate by the same factor in every step. */
export interface ExponentialScheduleChoice {
  /** Chooses the schedule: Exponential. */
  id: "exponential";
  /** What the learning rate is multiplied by after each step. */
  gamma?: number;
}

/** An error in one value of a request. */
export interface FieldError {
  /**
   * Path of the value, for example `optimizers.0.hyperparameters.lr`; `body` for the request as
   * a whole.
   */
  field: string;
  /** What is wrong with the value. */
  message: string;
  /** The violated bound, or the allowed values. */
  limit?: number | number | string | string[] | null;
  /** Where the fault begins in a text, in characters from 0. */
  position?: number | null;
  /** How many characters of the text are at fault. */
  length?: number | null;
}

/** A formula in two notations. */
export interface Formula {
  /** The formula in LaTeX, as its author wrote it. */
  latex: string;
  /** The same in MathML, which browsers draw. */
  mathml: string;
}

/** What is wrong with a typed function, and where. */
export interface FunctionFault {
  /** What was expected, in a sentence. */
  message: string;
  /** Where the fault begins, in characters from 0. */
  position: number;
  /** How many characters are at fault. */
  length: number;
}

/** What a person typed, and the part of the plane that matters of it. */
export interface FunctionText {
  /**
   * f(x, y) with + - * / ^, parentheses, numbers, sin cos tan exp log sqrt abs tanh min max, pi
   * and e. Other names are parameters, to which settings after a semicolon give a default and a
   * range: `a*x^2 + y^2; a = 2 in [0, 5]`.
   */
  expression: string;
  /** Where its minima are searched; from -5 to 5 if absent. */
  domain?: TypedDomain;
}

/** The hyperparameters of Gradient descent. */
export interface GdHyperparameters {
  /** How far a step goes. */
  lr?: number;
}

/** Gradient descent, and its settings. */
export interface GdOptimizerChoice {
  /** Chooses Gradient descent. */
  id: "gd";
  /** The hyperparameters that are not at default. */
  hyperparameters?: GdHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** Goldstein–Price, and its settings. */
export interface GoldsteinPriceObjectiveChoice {
  /** Chooses Goldstein–Price. */
  id: "goldstein-price";
  /** The parameters that are not at default. */
  parameters?: GoldsteinPriceParameters;
}

/** The parameters of Goldstein–Price. */
export interface GoldsteinPriceParameters {
}

/** A gradient. */
export interface Gradient {
  /** The derivative by x; null if it is not finite. */
  x: number | null;
  /** The derivative by y; null if it is not finite. */
  y: number | null;
}

/** The cosines between gradients of many batches and the gradient of the whole training set. */
export interface GradientCosines {
  /** The images of one batch. */
  images: number;
  /** The batches. */
  batches: number;
  /** The name of the array that holds the cosines. */
  array: string;
  /** The mean; null if not finite. */
  mean: number | null;
  /** The median; null if not finite. */
  median: number | null;
  /** The first and the third quartile. */
  quartiles: [number | null, number | null];
}

/** The noise in the gradients that optimizers see. */
export interface GradientNoise {
  /** The standard deviation of one coordinate of a one-sample gradient. */
  std?: number;
  /** Samples that a gradient averages; the noise is divided by its root. */
  batch_size?: number;
  /** The same seed draws the same noise. */
  seed?: number;
  /**
   * Whether all optimizers see the noise, not sgd alone; those that are `is_exact` never do.
   */
  all?: boolean;
}

/** A grid of points on the plane. */
export interface Grid {
  /** The array of coordinates along the first direction. */
  x: string;
  /** The array of coordinates along the second direction. */
  y: string;
  /** The lengths: rows, columns. */
  shape: [number, number];
}

/** How far the surfaces of an incomplete landscape are computed. */
export interface GridProgress {
  /** The points that are computed, of all surfaces together. */
  computed: number;
  /** All points of all surfaces. */
  points: number;
  /**
   * The rows of the subgrid that is complete: the first index, and the step from one to the
   * next.
   */
  rows: [number, number];
  /** The columns of the subgrid that is complete, likewise. */
  columns: [number, number];
}

/** The server's state. */
export interface HealthResponse {
  /**
   * `ready`: everything is compiled and in memory. `warming`: requests are answered, but
   * slower. `failed`: as `warming`, and the last try failed; another follows.
   */
  status: "ready" | "warming" | "failed";
  /** The version of Descent Atlas. */
  version: string;
  /** Why the last try failed; absent unless it did. */
  reason?: string | null;
}

/** Himmelblau, and its settings. */
export interface HimmelblauObjectiveChoice {
  /** Chooses Himmelblau. */
  id: "himmelblau";
  /** The parameters that are not at default. */
  parameters?: HimmelblauParameters;
}

/** The parameters of Himmelblau. */
export interface HimmelblauParameters {
}

/** Hyperbolic valley, and its settings. */
export interface HyperbolicValleyObjectiveChoice {
  /** Chooses Hyperbolic valley. */
  id: "hyperbolic-valley";
  /** The parameters that are not at default. */
  parameters?: HyperbolicValleyParameters;
}

/** The parameters of Hyperbolic valley. */
export interface HyperbolicValleyParameters {
}

/** A hyperparameter of an optimizer. */
export interface Hyperparameter {
  /** The hyperparameter's name in requests. */
  id: string;
  /** The hyperparameter's name for people. */
  name: string;
  /** The hyperparameter's symbol in the optimizer's rule. */
  symbol: Formula;
  /** The value that is taken if a request gives none. */
  default: boolean | number;
  /** The least value, included; 0 for a switch. */
  min: number;
  /** The greatest value, included; 1 for a switch. */
  max: number;
  /** How a slider is spaced; a `switch` is true or false. */
  scale: "linear" | "log" | "switch";
  /** What the hyperparameter changes. */
  description: string;
}

/** A file of another program from which a landscape was read. */
export interface ImportedFile {
  /** Its name. */
  file: string;
  /** Its SHA-256, in hexadecimal digits. */
  sha256: string;
}

/** One landscape whole. */
export interface LandscapeResponse {
  /** A hash that changes when the landscape does. */
  version: string;
  /** The manifest, as it was written. */
  manifest: Manifest;
  /** The arrays, by the manifest's names. */
  arrays: Record<string, TypedArray>;
}

/** What was found beside the surfaces. */
export interface LandscapeResults {
  /** A table's cells. */
  cells?: TableCell[];
  /** A table's share of variance that each factor explains, 0 to 1. */
  explained?: Record<string, number | null>;
  /** How well the gradients of batches agree with the whole set's. */
  cosines?: GradientCosines[];
  /** How well the surfaces of batches agree with the whole set's. */
  correlations?: BatchCorrelations[];
  /** A table's paths, by run and seed. */
  paths?: SeedPath[];
  /** The sharpness along the runs. */
  curvature?: Curvature[];
  /** Networks at ends of runs with other parameters that compute the same. */
  rescalings?: Rescaling[];
}

/**
 * The catalog of landscapes. Files are named as they lie within their folder; the folder's own
 * place stays the server's.
 */
export interface LandscapesResponse {
  /** The landscapes and tables, folder by folder, in the paper's order. */
  landscapes: CatalogEntry[];
  /** How many match the filters, on this page and all others. */
  count: number;
  /** The landscapes that are not served, with the reasons. */
  unavailable: UnavailableLandscape[];
  /** The studies, in the order of the landscapes. */
  studies: CatalogStudy[];
  /** The names of the folders that hold the landscapes. */
  folders: string[];
}

/** The hyperparameters of L-BFGS. */
export interface LbfgsHyperparameters {
  /** The length that each line search tries first, in parts of d. */
  lr?: number;
}

/** L-BFGS, and its settings. */
export interface LbfgsOptimizerChoice {
  /** Chooses L-BFGS. */
  id: "lbfgs";
  /** The hyperparameters that are not at default. */
  hyperparameters?: LbfgsHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** The learning rate is constant: this optimizer takes no schedule. */
  schedule?: ConstantScheduleChoice;
}

/** One lesson whole. */
export interface LessonResponse {
  /** The lesson's name in links and addresses: that of its file. */
  id: string;
  /** What the lesson is about. */
  title: string;
  /** What one learns from the lesson. */
  description: string;
  /** Who wrote the lesson. */
  author: string;
  /** The language of the texts (BCP 47). */
  language: string;
  /** The steps, in their order. */
  steps: LessonStep[];
}

/** A step of a lesson. */
export interface LessonStep {
  /** What the step is about. */
  title: string;
  /**
   * Paragraphs, parted by empty lines. A text between two asterisks is emphasized, one between
   * two grave accents is code; there is no other markup.
   */
  text: string;
  /**
   * What the page shows beside the text: the query of a link to the playground, without the
   * question mark.
   */
  view: string;
}

/** A lesson without its steps. */
export interface LessonTitle {
  /** The lesson's name in links and addresses: that of its file. */
  id: string;
  /** What the lesson is about. */
  title: string;
  /** What one learns from the lesson. */
  description: string;
  /** Who wrote the lesson. */
  author: string;
  /** The language of the texts (BCP 47). */
  language: string;
  /** How many steps the lesson has. */
  steps: number;
}

/** The lessons. */
export interface LessonsResponse {
  /** The lessons, in the order of their files. */
  lessons: LessonTitle[];
  /** The files that are no lessons, with the reasons. */
  unavailable: UnavailableLesson[];
}

/** A known test function, as one would type it. */
export interface LibraryFunction {
  /** The function's name in the library. */
  id: string;
  /** The function's name for people. */
  name: string;
  /** The function, to be sent as `expression`. */
  expression: string;
  /** The part of the plane that shows its shape. */
  domain: Domain;
  /** The published global minima in the domain. */
  minima: PublishedPoint[];
  /** The published value there, with the digits of the source. */
  value: string;
  /** Where minima and value are printed. */
  reference: Link;
}

/** The library of known test functions, and the limits of typed ones. */
export interface LibraryResponse {
  /** The functions, by name. */
  functions: LibraryFunction[];
  /** The most characters of a typed function. */
  max_length: number;
  /** The domain of a typed function without one. */
  domain: Domain;
}

/**
 * Linear warm-up. Begins with a part of the learning rate and raises it evenly to the whole.
 */
export interface LinearScheduleChoice {
  /** Chooses the schedule: Linear warm-up. */
  id: "linear";
  /** What the learning rate is multiplied by in the first step. */
  start_factor?: number;
  /**
   * What it is multiplied by from the end of the line on; below the part at the start, the rate
   * falls.
   */
  end_factor?: number;
  /** After how many steps the part at the end is reached. */
  total_iters?: number;
}

/** A rule linearised at a minimum. */
export interface Linearised {
  /**
   * Where it is linearised: at `minimum`, or at the nearest point of the curve where minima
   * form one.
   */
  at: Point;
  /**
   * Its behaviour along each direction, the sharpest first. A direction without curvature,
   * along which minima go on, is left out. Empty if the rule has no linearisation.
   */
  modes: Mode[];
  /** The rule over rate and momentum; null where it has no fixed scaling. */
  map: StabilityMap | null;
  /** Why there is no linearisation, or how far the given one reaches. */
  note: string | null;
}

/** A source. */
export interface Link {
  /** The source's name: authors, title, year. */
  text: string;
  /** The source's address. */
  url: string;
}

/** The hyperparameters of Lion. */
export interface LionHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** Lion, and its settings. */
export interface LionOptimizerChoice {
  /** Chooses Lion. */
  id: "lion";
  /** The hyperparameters that are not at default. */
  hyperparameters?: LionHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** Quantiles of the losses at each step kept. */
export interface LossQuantiles {
  /** The levels of the quantiles, ascending, 0 to 1. */
  levels: number[];
  /**
   * `loss[i, k]` is the quantile at `levels[i]` of the losses at `step[k]` of the descents that
   * have not diverged by then; NaN where none is left. Those that have are left out, not
   * counted as high.
   */
  loss: TypedArray;
  /** How many descents have not diverged at each step. */
  running: TypedArray;
}

/** Random planes at one origin, each from a seed of its own. */
export interface Lottery {
  /** The run and step at the origin. */
  origin: Origin;
  /** The Euclidean norm of the parameters there. */
  origin_norm: number;
  /** The seeds of the planes. */
  seeds: number[];
  /** The seeds that are shown at first. */
  shown: number[];
  /** The samples, as the ids of surfaces name them. */
  surface: string;
  /** The samples over which values are means. */
  images: number;
  /** The names of its arrays, one for each metric: seeds by rows by columns. */
  arrays: Record<string, string>;
  /** The array of the lengths of the planes' directions: seeds by 2. */
  directions: string;
  /** The lowest finite loss; null if there is none. */
  lowest: number | null;
  /** The highest finite loss; null if there is none. */
  highest: number | null;
  /** The points whose loss is not finite. */
  not_finite: number;
  /** The relative difference of losses that counts as none. */
  noise: number;
  /** What is read off each plane, and its range over the seeds. */
  statistics: SeedStatistic[];
  /** The directions of descent at the origin, on each plane. */
  arrows: LotteryArrow[];
  /** How much of the sharpness the planes show; null if not measured. */
  curvature: LotteryCurvature | null;
}

/** A surface's direction of descent at the origin, projected to each of the planes. */
export interface LotteryArrow {
  /** The surface's id. */
  surface: string;
  /** The names of the arrays `x` and `y`, with a number for each seed. */
  arrays: Record<string, string>;
  /** The norm of the full gradient; null if not finite. */
  norm: number | null;
  /** Its cosine with the gradient on the whole training set; null if not known. */
  cosine: number | null;
}

/** How much of the sharpness at the origin random planes show. */
export interface LotteryCurvature {
  /** The training samples whose mean loss has the curvature. */
  images: number;
  /** The seed with which they were drawn; null if all were used. */
  images_seed: number | null;
  /** The residual of a value that has converged, relative to it, at most. */
  tolerance: number;
  /** The products with the Hessian that were made. */
  products: number;
  /** The largest eigenvalue of the Hessian; null if it has not converged. */
  sharpness: number | null;
  /** The residual of its pair; null if none was found. */
  residual: number | null;
  /** Whether it has converged. */
  converged: boolean;
  /** The array with the largest curvature in each plane. */
  array: string;
  /** The largest of them; null if none is finite. */
  highest: number | null;
  /** That divided by the sharpness; null if either is not known. */
  ratio: number | null;
  /** What is compared, as a sentence. */
  rule: string;
}

/**
 * What a landscape or a table says of itself. It may have more fields than these; what is not
 * finite stands in the arrays alone.
 */
export interface Manifest {
  /** The version of the landscape format. */
  schema: number;
  /** The landscape's name. */
  id: string;
  /**
   * A landscape has a plane and surfaces, a profile a segment, a table cells; `segments` have
   * profiles between points of runs, a `lottery` many random planes, a `batch-path` the
   * surfaces of batches along a run.
   */
  kind: "landscape" | "profile" | "table" | "segments" | "lottery" | "batch-path";
  /** What it is. */
  title: string;
  /** What can be seen in it. */
  shows: string;
  /** The paper's figures and tables to which it belongs. */
  figures: string[];
  /** The samples. */
  dataset: Dataset;
  /** The network: its factory, options and parameters. */
  network: Record<string, unknown>;
  /** The trainings that it is about. */
  runs: Run[];
  /** The plane; null but in a landscape and a batch path. */
  plane: Plane | null;
  /** The grid; null but in a landscape, a lottery and a batch path. */
  grid: Grid | null;
  /** The segment; null but in a profile. */
  segment?: Segment | null;
  /** The profiles between points of runs; null but in segments. */
  segments?: RunSegments | null;
  /** The random planes; null but in a lottery. */
  lottery?: Lottery | null;
  /** What batches see along a run; null but in a batch path. */
  batch_path?: BatchPath | null;
  /**
   * The metrics of surfaces and segment, the loss first; null in earlier versions, which had
   * loss and accuracy.
   */
  metrics?: Metric[] | null;
  /** How the loss was evaluated; null in earlier versions. */
  evaluation?: Evaluation | null;
  /** The networks through which the plane or segment passes. */
  ends?: End[];
  /** The surfaces over the plane. */
  surfaces: Surface[];
  /** The paths of trainings on the plane. */
  trajectories: Trajectory[];
  /** The directions of descent at the origin. */
  arrows: Arrow[];
  /** What was found beside the surfaces. */
  results: LandscapeResults;
  /** The seeds of the plane, the batches and the runs. */
  seeds: Record<string, unknown>;
  /** The versions of the programs on which the numbers depend. */
  versions: Record<string, string>;
  /** The id of the study; null in landscapes of earlier versions. */
  study?: string | null;
  /** What a gallery says of the study; null if not written. */
  study_about?: StudyAbout | null;
  /** The files of another program from which it was read. */
  imported_from?: ImportedFile[];
  /** False while the landscape is being computed. */
  complete?: boolean;
  /** How far it is computed; null once it is complete. */
  progress?: GridProgress | null;
  /** A SHA-256 of all that the landscape was computed from. */
  key: string;
  /** The arrays of the landscape, by name. */
  arrays: Record<string, ArraySummary>;
  /** The SHA-256 of the file of arrays. */
  sha256: string;
}

/** A value that surfaces have: the loss, or a metric beside it. */
export interface Metric {
  /** The name by which surfaces have its array. */
  id: string;
  /** Its name for people. */
  label: string;
  /** Whether higher values are better; null if not known. */
  higher_is_better: boolean | null;
  /** A `share` lies between 0 and 1. */
  unit: "number" | "share";
}

/** A minimum of an objective in its domain. */
export interface Minimum {
  /** The first coordinate. */
  x: number;
  /** The second coordinate. */
  y: number;
  /** The objective's value there. */
  value: number;
  /** Whether no other minimum in the domain is lower. */
  global: boolean;
}

/** How a linearised rule behaves along one eigenvector of the Hessian. */
export interface Mode {
  /** The eigenvalue. */
  curvature: number;
  /** The spectral radius: by what a step multiplies the distance in the long run. */
  radius: number;
  /**
   * `approaches` from one side; `overshoots`, crossing the minimum in every step; `spirals`,
   * swinging through it; `diverges`.
   */
  manner: "approaches" | "overshoots" | "spirals" | "diverges";
  /** The steps of one swing there and back; null if it does not swing. */
  period: number | null;
}

/** The hyperparameters of Momentum. */
export interface MomentumHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the last velocity is kept. */
  momentum?: number;
  /**
   * How much of the gradient is held back from the velocity; equal to the momentum, it makes
   * the velocity an average of the gradients.
   */
  dampening?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** Start from rest, as the formula says; PyTorch starts with the whole first gradient. */
  dampen_always?: boolean;
}

/** Momentum, and its settings. */
export interface MomentumOptimizerChoice {
  /** Chooses Momentum. */
  id: "momentum";
  /** The hyperparameters that are not at default. */
  hyperparameters?: MomentumHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** A displacement that explains the steps. */
export interface Move {
  /**
   * `gradient`: what gradient descent would step with that gradient and the same learning rate;
   * `velocity`: the same with the rule's velocity; `step`: the step itself.
   */
  kind: "gradient" | "velocity" | "step";
  /** The displacement's formula in plain text. */
  text: string;
  /** Where it begins; null: where the step's gradient was seen. */
  at: PlaneArrays | null;
  /** How far it goes along x, in the plane's units. */
  x: TypedArray;
  /** How far it goes along y, in the plane's units. */
  y: TypedArray;
}

/** Milestones. Lowers the learning rate by a factor at each of some chosen steps. */
export interface MultistepScheduleChoice {
  /** Chooses the schedule: Milestones. */
  id: "multistep";
  /**
   * The steps after which the learning rate is lowered. If it is null: 0.5 and 0.75 times the
   * steps of the descent, rounded up.
   */
  milestones?: number[] | null;
  /** What the learning rate is multiplied by each time. */
  gamma?: number;
}

/** The hyperparameters of NAdam. */
export interface NadamHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** How fast the momentum warms up from half its value. */
  momentum_decay?: number;
  /** Let the weight decay act on the position itself and not through the averages. */
  decoupled_weight_decay?: boolean;
  /** Correct the averages for having started at zero; without it the first steps are longer. */
  bias_correction?: boolean;
  /** Add epsilon before the root is taken, as some papers print it, not after. */
  eps_inside_root?: boolean;
}

/** NAdam, and its settings. */
export interface NadamOptimizerChoice {
  /** Chooses NAdam. */
  id: "nadam";
  /** The hyperparameters that are not at default. */
  hyperparameters?: NadamHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Nesterov momentum. */
export interface NesterovHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the last velocity is kept. */
  momentum?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** Nesterov momentum, and its settings. */
export interface NesterovOptimizerChoice {
  /** Chooses Nesterov momentum. */
  id: "nesterov";
  /** The hyperparameters that are not at default. */
  hyperparameters?: NesterovHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** The hyperparameters of Newton’s method. */
export interface NewtonHyperparameters {
  /** The length that each line search tries first; 1 is Newton’s own step. */
  lr?: number;
  /** The part of the decrease that the slope promises which a step must reach. */
  armijo?: number;
  /** What a step that does not decrease the loss enough is multiplied by. */
  backtracking?: number;
}

/** Newton’s method, and its settings. */
export interface NewtonOptimizerChoice {
  /** Chooses Newton’s method. */
  id: "newton";
  /** The hyperparameters that are not at default. */
  hyperparameters?: NewtonHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** The learning rate is constant: this optimizer takes no schedule. */
  schedule?: ConstantScheduleChoice;
}

/** The ranges of the noise's settings. */
export interface NoiseRanges {
  /** The range of the standard deviation. */
  std: DefaultRange;
  /** The range of the batch size. */
  batch_size: DefaultRange;
  /** The range of the seed. */
  seed: DefaultRange;
}

/** A function of two variables. */
export interface Objective {
  /** The objective's name in requests. */
  id: string;
  /** The objective's name for people. */
  name: string;
  /** What makes the objective easy or hard. */
  description: string;
  /** The definition. */
  formula: Formula;
  /** The parameters, each with its range. */
  parameters: Parameter[];
  /** The ranges of x and y on the page. */
  domain: Domain;
  /** A start from which optimizers differ. */
  start: Point;
  /** The settings to show first, where optimizers do not differ at the defaults. */
  opening: Opening | null;
  /**
   * The equation of the curves that the minima form, of which each minimum that is listed
   * stands for one: arriving anywhere on its curve is arriving there. Null where minima are
   * points.
   */
  valley: Formula | null;
  /** The stories that are told on the objective. */
  stories: StoryTitle[];
  /** How contours are spaced: evenly, or evenly in the logarithm. */
  scale: "linear" | "log";
  /** Where the objective comes from. */
  reference: Link;
}

/** All objectives. */
export interface ObjectivesResponse {
  /** The objectives, in the page's order. */
  objectives: Objective[];
}

/**
 * One cycle. Raises the learning rate to its value and lowers it far below its start, once over
 * all steps.
 */
export interface OnecycleScheduleChoice {
  /** Chooses the schedule: One cycle. */
  id: "onecycle";
  /** The part of the steps in which the learning rate rises. */
  pct_start?: number;
  /** Whether the rate follows half cosines or straight lines. */
  anneal_strategy?: "cos" | "linear";
  /** The first step's rate is the learning rate divided by this. */
  div_factor?: number;
  /** The last step's rate is the first step's divided by this. */
  final_div_factor?: number;
  /** Fall as long as the rate rose, and then to the end. */
  three_phase?: boolean;
}

/** The settings at which the page opens an objective. */
export interface Opening {
  /** The parameters that are not at default. */
  parameters: Record<string, number>;
  /** The start. */
  start: Point;
  /** The optimizers' settings: at the swept learning rates, or the article's. */
  preset: "swept" | "article";
}

/** An optimizer. */
export interface Optimizer {
  /** The optimizer's name in requests. */
  id: string;
  /** The optimizer's name for people. */
  name: string;
  /** What the optimizer does differently. */
  description: string;
  /** The update rule. */
  formula: Formula;
  /** The hyperparameters, each with its range. */
  hyperparameters: Hyperparameter[];
  /** Whether the optimizer sees noisy gradients even if `noise.all` is false. */
  draws_noise: boolean;
  /** Whether the optimizer sees exact gradients even if `noise.all` is true. */
  is_exact: boolean;
  /**
   * The gradients that a step takes; null where its line search decides. A request counts its
   * `steps` in gradients.
   */
  evaluations: number | null;
  /** Whether the positions of a descent are averages of points that step. */
  draws_average: boolean;
  /** Whether the learning rate may follow a schedule; else it is constant. */
  takes_schedule: boolean;
  /** The class of PyTorch that implements the same rule; null if there is none. */
  torch: string | null;
  /** The paper that states the rule. */
  reference: Link;
  /** The learning rate of the sweep on each objective, by the objective's id. */
  learning_rates: Record<string, number>;
  /**
   * The objectives on which no rate arrives at a global minimum; `learning_rates` has the
   * default there.
   */
  no_rate_works: string[];
  /** The article's settings; null if the article lacks this optimizer. */
  article: ArticleSettings | null;
}

/** All optimizers, and what holds for every one of them. */
export interface OptimizersResponse {
  /** The optimizers, in the page's order. */
  optimizers: Optimizer[];
  /** The schedules of the learning rate, in the page's order. */
  schedules: Schedule[];
  /** The range of a descent's steps. */
  steps: DefaultRange;
  /** How far each setting of the noise may go. */
  noise: NoiseRanges;
  /** The range of an ensemble's number of seeds. */
  seeds: DefaultRange;
  /** A descent that stays within this distance of a minimum has arrived there. */
  arrival_distance: number;
}

/** The network at a plane's origin. */
export interface Origin {
  /** The run's id. */
  run: string;
  /** The run's step. */
  step: number;
}

/** Where a run's test accuracy first reached the number that the paper prints. */
export interface PaperPoint {
  /** The step of the first snapshot that reaches it. */
  step: number;
  /** The step of the snapshot before. */
  before: number;
}

/** A parameter of an objective. */
export interface Parameter {
  /** The least value, included. */
  min: number;
  /** The greatest value, included. */
  max: number;
  /** The value that is taken if a request gives none. */
  default: number;
  /** The parameter's name in requests. */
  id: string;
  /** The parameter's symbol in the objective's formula. */
  symbol: Formula;
  /** What the parameter changes. */
  description: string;
}

/** A plane through the network's parameters. */
export interface Plane {
  /**
   * How it was made: of `random` directions, of principal directions of paths (`pca`), through
   * three `minima` of runs, `shared` by several runs, through any two or three networks
   * (`ends`), of `given` directions, or along two eigenvectors of the `hessian` at its origin.
   */
  kind: "random" | "pca" | "minima" | "shared" | "ends" | "given" | "hessian";
  /** The run and step at its origin; null if no run passes through it. */
  origin: Origin | null;
  /** The runs that determine its directions. */
  makers: string[];
  /** The products of its two directions with each other, a 2 by 2 matrix; null if not known. */
  gram: number[][] | null;
  /** The cosine between its two directions; null if not known. */
  cosine: number | null;
  /** The share of energy along each principal direction, the largest first. */
  spectrum: number[];
  /** The Euclidean norm of the parameters at its origin; null if not known. */
  origin_norm: number | null;
  /**
   * The eigenpairs that are its directions, and the quadratic models; null but in a plane of
   * eigenvectors.
   */
  curvature?: PlaneCurvature | null;
}

/** Pairs of coordinates, one for each step. */
export interface PlaneArrays {
  /** The first coordinates. */
  x: TypedArray;
  /** The second coordinates. */
  y: TypedArray;
}

/**
 * The curvature at a plane's origin along two eigenvectors of the Hessian, the plane's
 * directions. Coordinates count in units of the parabola that each eigenvalue leads to expect.
 */
export interface PlaneCurvature {
  /** The training samples whose mean loss has the Hessian. */
  images: number;
  /** The seed with which they were drawn; null if all were used. */
  images_seed: number | null;
  /** The residual of a pair that has converged, relative to its eigenvalue, at most. */
  tolerance: number;
  /** The products with the Hessian that were made. */
  products: number;
  /** How much each parabola has changed the loss by at the coordinate 1. */
  rise: number;
  /** The eigenpair of the first direction, and that of the second. */
  pairs: [Eigenpair, Eigenpair];
  /** The quadratic models of the surfaces. */
  models: QuadraticModel[];
}

/** A pair of coordinates. */
export interface Point {
  /** The first coordinate. */
  x: number;
  /** The second coordinate. */
  y: number;
}

/** An objective at one point. */
export interface PointRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** The point. */
  point: Start;
}

/** An objective's value and gradient at one point. */
export interface PointResponse {
  /** The value; null if it is not finite. */
  value: number | null;
  /** The gradient. */
  gradient: Gradient;
}

/** Problem details of a failed request (RFC 9457). */
export interface Problem {
  /** Always `about:blank`: the status says the kind. */
  type?: string;
  /** The phrase of the status. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** The reason, for people to read. */
  detail: string;
  /** Errors in values, 10 at most; absent if none. */
  errors?: FieldError[];
}

/** A part of the descents, and what it says of the share among all seeds. */
export interface Proportion {
  /** How many descents. */
  count: number;
  /** Their share of the ensemble's, 0 to 1. */
  share: number;
  /** The lower limit of the share's Wilson 95 % interval. */
  low: number;
  /** The upper limit of the share's Wilson 95 % interval. */
  high: number;
}

/** A published minimum. */
export interface PublishedPoint {
  /** The first coordinate, with the digits of the source. */
  x: string;
  /** The second coordinate, with the digits of the source. */
  y: string;
}

/**
 * The quadratic model of a surface from its derivatives at the origin, in the plane's
 * coordinates p: loss + gradient·p + ½ pᵀ hessian p.
 */
export interface QuadraticModel {
  /** The surface's id. */
  surface: string;
  /** The loss at the origin. */
  loss: number;
  /** Its derivatives along the two directions. */
  gradient: [number, number];
  /** Its second derivatives, a 2 by 2 matrix. */
  hessian: number[][];
  /**
   * The difference from the surface at which it fails, as a share of what the two parabolas
   * change the loss by there.
   */
  share: number;
  /** When it fails, as a sentence. */
  rule: string;
  /** The points of the grid at which it fails. */
  failing: number;
  /**
   * The least distance of such a point from the origin, in coordinates; null if there is none.
   */
  nearest_failure: number | null;
}

/** Quadratic, and its settings. */
export interface QuadraticObjectiveChoice {
  /** Chooses Quadratic. */
  id: "quadratic";
  /** The parameters that are not at default. */
  parameters?: QuadraticParameters;
}

/** The parameters of Quadratic. */
export interface QuadraticParameters {
  /** Condition number of the Hessian */
  condition_number?: number;
  /** Rotation in degrees, counterclockwise */
  rotation?: number;
}

/** The hyperparameters of RAdam. */
export interface RadamHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of gradients is kept; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** Let the weight decay act on the position itself and not through the averages. */
  decoupled_weight_decay?: boolean;
}

/** RAdam, and its settings. */
export interface RadamOptimizerChoice {
  /** Chooses RAdam. */
  id: "radam";
  /** The hyperparameters that are not at default. */
  hyperparameters?: RadamHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** What a plane would show of random walks, constructed anew from each set of them. */
export interface RandomWalks {
  /** The sets, each with as many walks as there are runs. */
  sets: number;
  /** The seed from which they were drawn. */
  seed: number;
  /** The share of the energy that lies in the plane. */
  energy: Spread;
  /** The share of the squared distance from start to end. */
  displacement: Spread;
}

/** A range of numbers. */
export interface Range {
  /** The least value, included. */
  min: number;
  /** The greatest value, included. */
  max: number;
}

/** Rastrigin, and its settings. */
export interface RastriginObjectiveChoice {
  /** Chooses Rastrigin. */
  id: "rastrigin";
  /** The parameters that are not at default. */
  parameters?: RastriginParameters;
}

/** The parameters of Rastrigin. */
export interface RastriginParameters {
  /** Amplitude of the bumps */
  A?: number;
}

/** A variant to run at every learning rate of the sweep, from many starts. */
export interface RateCurveRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** The optimizer to run. */
  optimizer: GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice;
  /** The noise in the gradients. */
  noise?: GradientNoise;
  /** A second hyperparameter, for a map; null for a curve. */
  across?: SecondHyperparameter | null;
}

/** From how many starts a variant arrives, and how soon, over the learning rate. */
export interface RateCurveResponse {
  /** The optimizer's id. */
  optimizer: string;
  /** The id of the second hyperparameter; null on a curve. */
  across: string | null;
  /**
   * The starts: the first scrambled Sobol points of the domain, those of the sweep's scoring.
   * They are the same at every rate.
   */
  starts: number;
  /** The seed of their scrambling. */
  scramble: number;
  /** The confidence of all intervals, 0 to 1. */
  confidence: number;
  /**
   * One point for each rate (and value), by ascending value, then rate. Empty if no minimum is
   * known in the domain: then there is nothing at which to arrive.
   */
  points: RatePoint[];
  /** The best rate; null on a map, and if no start arrives at any rate. */
  best: BestRate | null;
  /**
   * The largest eigenvalue of the objective's Hessian at each minimum, in the order of `minima`
   * of other responses; null at a cusp or a kink.
   */
  sharpness: (number | null)[];
}

/** Where a rule becomes unstable, for the exact gradient. */
export interface RateLimit {
  /** The sharpness times the learning rate above which the rule is unstable. */
  value: number;
  /**
   * `sharpness`: it bounds the largest eigenvalue of the Hessian, everywhere alike;
   * `preconditioned`: that in the rule's own metric, which belongs to the path.
   */
  of: "sharpness" | "preconditioned";
  /** The limit's formula in plain text. */
  text: string;
}

/** What a variant reaches at one learning rate. */
export interface RatePoint {
  /** The rate. */
  lr: number;
  /** The value of the second hyperparameter; null on a curve. */
  value: number | null;
  /** The starts that arrive at a global minimum and stay. */
  arrived: number;
  /** Their share of all starts, 0 to 1. */
  share: number;
  /** The lower limit of the share's Wilson interval. */
  low: number;
  /** The upper limit of the share's Wilson interval. */
  high: number;
  /**
   * The median step of arrival over the starts that arrive, in gradients; null if none does.
   */
  steps: number | null;
  /**
   * The lower limit of its interval of order statistics; null if fewer than 6 starts arrive.
   */
  steps_low: number | null;
  /** The upper limit; null if fewer than 6 starts arrive. */
  steps_high: number | null;
}

/** The learning rate over all steps that were asked for. */
export interface Rates {
  /** Steps, evenly spaced from 1 to the last, every one if there are not many. */
  step: TypedArray;
  /** The learning rate of each of them. */
  rate: TypedArray;
}

/** A network that was rescaled by one factor. */
export interface RescaledNetwork {
  /** The factor. */
  factor: number;
  /** The largest eigenvalue of its Hessian; null if it has not converged. */
  sharpness: number | null;
  /** The residual of its pair; null if none was found. */
  residual: number | null;
  /** The largest change of an output on all images; null if not finite. */
  difference: number | null;
  /** Its loss on the whole training set; null if not finite. */
  train_loss: number | null;
  /** Its accuracy there. */
  train_accuracy: number | null;
  /** Its loss on the whole test set; null if not finite. */
  test_loss: number | null;
  /** Its accuracy there. */
  test_accuracy: number | null;
}

/**
 * A run's network at its end, one layer of which is multiplied by a factor and the next one's
 * weights divided by it: other parameters that compute the same.
 */
export interface Rescaling {
  /** The run's id. */
  run: string;
  /** The seed. */
  seed: number;
  /** The linear layer that is multiplied, counted from 0. */
  layer: number;
  /** The training images whose mean loss has the curvature. */
  images: number;
  /** The seed with which they were drawn. */
  images_seed: number;
  /** The residual of a value that has converged, relative to it, at most. */
  tolerance: number;
  /** The products with Hessians that were made. */
  products: number;
  /**
   * The largest difference between the network's own outputs and those in double precision;
   * null if not finite.
   */
  rounding: number | null;
  /** The networks, among them the network itself, whose factor is 1. */
  networks: RescaledNetwork[];
  /** What was changed and compared, as a sentence. */
  rule: string;
}

/**
 * Cosine with restarts. Lowers the learning rate along half a cosine, again and again from the
 * whole.
 */
export interface RestartsScheduleChoice {
  /** Chooses the schedule: Cosine with restarts. */
  id: "restarts";
  /**
   * After how many steps the first restart comes. If it is null: 0.25 times the steps of the
   * descent, rounded up.
   */
  T_0?: number | null;
  /** How many times as long as the one before each cosine takes. */
  T_mult?: number;
  /** The learning rate at the end of the cosine. */
  eta_min?: number;
}

/** The hyperparameters of RMSProp. */
export interface RmspropHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How much of the average of squared gradients is kept. */
  alpha?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How much of the last velocity is kept. */
  momentum?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** Divide by the gradient's standard deviation instead of its size. */
  centered?: boolean;
  /** Add epsilon before the root is taken, as some papers print it, not after. */
  eps_inside_root?: boolean;
}

/** RMSProp, and its settings. */
export interface RmspropOptimizerChoice {
  /** Chooses RMSProp. */
  id: "rmsprop";
  /** The hyperparameters that are not at default. */
  hyperparameters?: RmspropHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** Rosenbrock, and its settings. */
export interface RosenbrockObjectiveChoice {
  /** Chooses Rosenbrock. */
  id: "rosenbrock";
  /** The parameters that are not at default. */
  parameters?: RosenbrockParameters;
}

/** The parameters of Rosenbrock. */
export interface RosenbrockParameters {
  /** Place of the minimum along the valley */
  a?: number;
  /** Steepness of the valley's walls */
  b?: number;
}

/** The hyperparameters of Rprop. */
export interface RpropHyperparameters {
  /** How far the first step of each coordinate goes. */
  lr?: number;
  /** What a coordinate's step is multiplied by where its slope turns. */
  etaminus?: number;
  /** What a coordinate's step is multiplied by while its slope keeps its sign. */
  etaplus?: number;
  /** No step of a coordinate becomes shorter. */
  step_size_min?: number;
  /** No step of a coordinate becomes longer. */
  step_size_max?: number;
}

/** Rprop, and its settings. */
export interface RpropOptimizerChoice {
  /** Chooses Rprop. */
  id: "rprop";
  /** The hyperparameters that are not at default. */
  hyperparameters?: RpropHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** A training, with its hyperparameters and results. */
export interface Run {
  /** The run's name. */
  id: string;
  /** The run's name for people. */
  label: string;
  /** How the training ended; null if not known. */
  status: string | null;
  /** Why the training ended, in words. */
  stop_reason?: string | null;
  /** The hyperparameters and whatever else determines the run. */
  spec: Record<string, unknown>;
  /** The samples of one batch; null if not known. */
  batch_size: number | null;
  /** The steps taken. */
  steps: number;
  /**
   * What `steps` and the steps of snapshots count: optimizer steps (`step`), or, where those
   * are not known, checkpoints from 0 (`checkpoint`).
   */
  step_unit?: "step" | "checkpoint";
  /** The steps of one pass over the training set; null if not known. */
  steps_per_epoch: number | null;
  /** The samples seen; null if not known. */
  images: number | null;
  /** The time it took, in seconds; null if not known. */
  seconds: number | null;
  /** When it ended, in UTC; null if not known. */
  ended?: string | null;
  /** The loss on the training set at the end; null if not finite or not known. */
  train_loss: number | null;
  /** The accuracy on the test set at the end, 0 to 1; null if not finite or not known. */
  test_accuracy: number | null;
  /** The mean angle between consecutive updates, in degrees; null if not measured. */
  turning: number | null;
  /** The other numbers that its loop recorded last, by name; null if not finite. */
  metrics?: Record<string, number | null>;
  /** The steps that a gradient scaler skipped. */
  skipped_steps?: number;
  /**
   * The distance of its end from a snapshot at the same step, as an average of the parameters
   * has; null if not known.
   */
  end_distance?: number | null;
}

/** The profile of a segment between the ends of two runs, or from a run's start to its end. */
export interface RunProfile {
  /** The profile's name. */
  id: string;
  /** Its name for people. */
  label: string;
  /** Between the `ends` of two runs, or along the `path` of one. */
  kind: "ends" | "path";
  /** The point at 0. */
  first: SegmentEnd;
  /** The point at 1. */
  second: SegmentEnd;
  /** The Euclidean distance between the points; null if not finite. */
  length: number | null;
  /** The loss and metrics on it, by surface. */
  curves: SegmentCurve[];
  /** Whether the two ends are linearly connected; null where that does not apply. */
  connected: boolean | null;
  /** What the barrier may mean, as a sentence. */
  note: string;
}

/** Profiles along segments between the ends of runs, and from each run's start to its end. */
export interface RunSegments {
  /** The array of coordinates, 0 to 1, that all profiles share. */
  t: string;
  /** The distance of two coordinates. */
  resolution: number;
  /** The barrier of the training error below which two ends are linearly connected, 0 to 1. */
  connected_below: number;
  /** When they are, as a sentence. */
  connected_rule: string;
  /** The profiles. */
  profiles: RunProfile[];
}

/** A run's standing in a table. */
export interface RunStanding {
  /** The run's id. */
  run: string;
  /** The standing. */
  standing: Standing;
  /**
   * Its mean less the highest, in percentage points; null for the highest, and without
   * accuracies.
   */
  difference: number | null;
  /**
   * The lower limit of the corrected 95% interval of the difference; null for the highest, and
   * with too few seeds.
   */
  low: number | null;
  /** The upper limit. */
  high: number | null;
}

/** Saddle, and its settings. */
export interface SaddleObjectiveChoice {
  /** Chooses Saddle. */
  id: "saddle";
  /** The parameters that are not at default. */
  parameters?: SaddleParameters;
}

/** The parameters of Saddle. */
export interface SaddleParameters {
}

/** The hyperparameters of SAM. */
export interface SamHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How far it climbs before it takes the slope to descend by. */
  rho?: number;
  /** How much of the last velocity is kept. */
  momentum?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
}

/** SAM, and its settings. */
export interface SamOptimizerChoice {
  /** Chooses SAM. */
  id: "sam";
  /** The hyperparameters that are not at default. */
  hyperparameters?: SamHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** A quantity that is one number in each step. */
export interface Scalar {
  /** The quantity's name, unique within the optimizer. */
  id: string;
  /** The quantity's symbol in plain text. */
  text: string;
  /** The quantity's symbol, as in the optimizer's formula. */
  symbol: Formula;
  /** What the quantity is. */
  description: string;
  /**
   * The number in each step; NaN where the rule has none, not finite where the step overflowed.
   */
  numbers: TypedArray;
}

/** What the learning rate can be multiplied by at each step. */
export interface Schedule {
  /** The schedule's name in requests. */
  id: string;
  /** The schedule's name for people. */
  name: string;
  /** What the schedule does. */
  description: string;
  /** The learning rate of a step that has k before it. */
  formula: Formula;
  /** The parameters, each with its range. */
  parameters: ScheduleParameter[];
  /** The class of PyTorch with the same rates; null for the constant one. */
  torch: string | null;
  /** Where the schedule comes from; null for the constant one. */
  reference: Link | null;
}

/** The hyperparameters of Schedule-Free AdamW. */
export interface ScheduleFreeAdamwHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How near to the average the slope is taken; it plays the part of momentum. */
  beta1?: number;
  /** How much of the average of squared gradients is kept. */
  beta2?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** The average weighs the point of step t by its r-th power; 0 weighs all alike. */
  r?: number;
  /** Over as many steps the learning rate grows linearly to its value; 0: from the first on. */
  warmup_steps?: number;
}

/** Schedule-Free AdamW, and its settings. */
export interface ScheduleFreeAdamwOptimizerChoice {
  /** Chooses Schedule-Free AdamW. */
  id: "schedule-free-adamw";
  /** The hyperparameters that are not at default. */
  hyperparameters?: ScheduleFreeAdamwHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** The learning rate is constant: this optimizer takes no schedule. */
  schedule?: ConstantScheduleChoice;
}

/** The hyperparameters of Schedule-Free SGD. */
export interface ScheduleFreeSgdHyperparameters {
  /** How far a step goes. */
  lr?: number;
  /** How near to the average the slope is taken; at 0 it is taken at the stepping point. */
  momentum?: number;
  /** How strongly the position is pulled to the origin. */
  weight_decay?: number;
  /** The average weighs the point of step t by its r-th power; 0 weighs all alike. */
  r?: number;
  /** Over as many steps the learning rate grows linearly to its value; 0: from the first on. */
  warmup_steps?: number;
}

/** Schedule-Free SGD, and its settings. */
export interface ScheduleFreeSgdOptimizerChoice {
  /** Chooses Schedule-Free SGD. */
  id: "schedule-free-sgd";
  /** The hyperparameters that are not at default. */
  hyperparameters?: ScheduleFreeSgdHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** The learning rate is constant: this optimizer takes no schedule. */
  schedule?: ConstantScheduleChoice;
}

/** A parameter of a schedule. */
export interface ScheduleParameter {
  /** The parameter's name in requests, as PyTorch has it. */
  id: string;
  /** The parameter's name for people. */
  name: string;
  /** The parameter's symbol in the schedule's formula. */
  symbol: Formula;
  /**
   * A number, a whole number (`count`), a list of such (`counts`), a `switch` that is true or
   * false, or one of `choices`.
   */
  kind: "number" | "count" | "counts" | "switch" | "choice";
  /**
   * The value that is taken if a request gives none; null if it depends on the steps of the
   * descent.
   */
  default: boolean | number | string | null;
  /** The default as shares of the steps, each rounded up; else empty. */
  shares: number[];
  /** The least value of each number, included. */
  min: number;
  /** The greatest value of each number, included. */
  max: number;
  /** How a slider is spaced. */
  scale: "linear" | "log";
  /** The words that a `choice` may be; else empty. */
  choices: string[];
  /** What the parameter changes. */
  description: string;
}

/** One optimizer to run on an objective from one start. */
export interface ScriptRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** Where every descent begins. */
  start: Start;
  /** The optimizer to run. */
  optimizer: GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice;
  /** The noise in the gradients. */
  noise?: GradientNoise;
}

/** A hyperparameter besides the learning rate, and the values at which it is measured. */
export interface SecondHyperparameter {
  /** The hyperparameter's id; neither `lr` nor a switch. */
  id: string;
  /** The values, within its limits. */
  values: number[];
}

/** The path of a run with one of its seeds, in its own principal plane. */
export interface SeedPath {
  /** The run's id. */
  run: string;
  /** The seed. */
  seed: number;
  /** The names of its arrays, by what they hold. */
  arrays: Record<string, string>;
}

/** A number of each random plane, and its range over their seeds. */
export interface SeedStatistic {
  /** Its name. */
  id: string;
  /** Its name for people. */
  label: string;
  /** A `share` lies between 0 and 1. */
  unit: "number" | "share" | "degrees";
  /** Its definition, as a sentence. */
  rule: string;
  /** The array with a number for each seed. */
  array: string;
  /** The lowest; null if there is none. */
  lowest: number | null;
  /** The median; null if there is none. */
  median: number | null;
  /** The highest; null if there is none. */
  highest: number | null;
  /**
   * The same in the whole parameter space; null where it has no meaning there or is not known.
   */
  truth: number | null;
}

/** The straight segment between two networks. */
export interface Segment {
  /** The names of its arrays: the coordinates `t`, 0 to 1, and each metric's. */
  arrays: Record<string, string>;
  /** The Euclidean distance between its ends. */
  length: number;
  /** How far the loss rises on it. */
  barrier: Barrier;
  /** What a barrier may mean, as a sentence. */
  note: string;
}

/** The loss and metrics on some samples along a segment. */
export interface SegmentCurve {
  /** The samples, as the ids of surfaces name them. */
  surface: string;
  /** The split that they come from. */
  split: string;
  /** The samples over which values are means; null if not known. */
  images: number | null;
  /** The names of its arrays, one for each metric. */
  arrays: Record<string, string>;
  /** The barrier of each metric. */
  barriers: Record<string, Barrier>;
  /**
   * How far the loss rises at most from one coordinate to a later one; null if a loss is not
   * finite.
   */
  climb: number | null;
}

/** The point of a run at which a segment begins or ends. */
export interface SegmentEnd {
  /** The run's id. */
  run: string;
  /** The run's step. */
  step: number;
}

/** The hyperparameters of Stochastic gradient descent. */
export interface SgdHyperparameters {
  /** How far a step goes. */
  lr?: number;
}

/** Stochastic gradient descent, and its settings. */
export interface SgdOptimizerChoice {
  /** Chooses Stochastic gradient descent. */
  id: "sgd";
  /** The hyperparameters that are not at default. */
  hyperparameters?: SgdHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}

/** An objective whose largest curvature is wanted on a grid. */
export interface SharpnessRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** The grid along x. */
  x: SurfaceAxis;
  /** The grid along y. */
  y: SurfaceAxis;
}

/** An objective's sharpness on a grid. */
export interface SharpnessResponse {
  /** The grid's coordinates along x, ascending. */
  x: TypedArray;
  /** The grid's coordinates along y, ascending. */
  y: TypedArray;
  /**
   * The largest eigenvalue of the Hessian: `sharpness[j, i]` is that at `(x[i], y[j])`; not
   * finite at a cusp.
   */
  sharpness: TypedArray;
}

/** Six-hump camel, and its settings. */
export interface SixHumpCamelObjectiveChoice {
  /** Chooses Six-hump camel. */
  id: "six-hump-camel";
  /** The parameters that are not at default. */
  parameters?: SixHumpCamelParameters;
}

/** The parameters of Six-hump camel. */
export interface SixHumpCamelParameters {
}

/** The mean of several values, and how far they spread. */
export interface Spread {
  /** The mean; null if not finite. */
  mean: number | null;
  /** The 5% quantile; null if not finite. */
  low: number | null;
  /** The 95% quantile; null if not finite. */
  high: number | null;
}

/** One optimizer's stability along its descent. */
export interface Stability {
  /** The optimizer's id. */
  optimizer: string;
  /** The rule's limit; null if none is known. */
  limit: RateLimit | null;
  /** Why there is no limit; null if there is one. */
  reason: string | null;
  /**
   * The steps of `product`, ascending from 1. Long descents are thinned; the smallest and the
   * largest values of each piece are kept.
   */
  step: TypedArray;
  /**
   * Sharpness times learning rate where each step saw its gradient, in the rule's own metric
   * and with its weight decay. Not finite where the Hessian is not; empty for a rule that steps
   * by signs.
   */
  product: TypedArray;
  /** The steps above the limit; null if there are none. */
  crossing: Crossing | null;
  /** The rule linearised at `minimum`; null if none was given. */
  linearised: Linearised | null;
}

/** A linearised rule over its learning rate and its momentum. */
export interface StabilityMap {
  /** The learning rates, ascending by equal factors. */
  rate: TypedArray;
  /** The momenta, ascending evenly; a single 0 for a rule without. */
  momentum: TypedArray;
  /**
   * The spectral radius over all directions: `radius[j, i]` is that at `(rate[i],
   * momentum[j])`.
   */
  radius: TypedArray;
  /** The worst manner of all directions: 0 approaches, 1 overshoots, 2 spirals, 3 diverges. */
  manner: TypedArray;
}

/** Optimizers to follow from one start, and a minimum at which to linearise them. */
export interface StabilityRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** Where every descent begins. */
  start: Start;
  /** The optimizers to run. */
  optimizers: (GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice)[];
  /** The noise in the gradients. */
  noise?: GradientNoise;
  /** Where the rules are linearised, usually a minimum; null: nowhere. */
  minimum?: Start | null;
}

/** The stability of several optimizers on their ways from one start. */
export interface StabilityResponse {
  /** One for each optimizer, in their order. */
  paths: Stability[];
}

/**
 * How a mean accuracy compares with the highest mean of its table. `highest` is the highest
 * itself, `best` if every other is `lower`.
 */
export type Standing = "best" | "highest" | "comparable" | "lower" | "cannot be told";

/** A point of the plane: the start of a descent, or the place of a value. */
export interface Start {
  /** The first coordinate. */
  x: number;
  /** The second coordinate. */
  y: number;
}

/** One optimizer's states in successive steps. */
export interface States {
  /** The optimizer's id. */
  optimizer: string;
  /**
   * The steps' numbers, ascending by one. They end with the range that was asked for, the
   * budget or the step of divergence.
   */
  step: TypedArray;
  /**
   * Where each step's gradient was seen: the positions before the steps, unless the rule takes
   * it elsewhere.
   */
  seen_at: PlaneArrays;
  /** The quantities without coordinates. */
  scalars: Scalar[];
  /**
   * The quantities with coordinates, in the order of the formula: first `g`, the gradient that
   * was seen with its noise, last `theta`, the position after the step.
   */
  vectors: Vector[];
  /** The displacements: gradient, velocity if the rule has one, step. */
  moves: Move[];
}

/** Optimizers to run on an objective from one start, and the steps whose states are wanted. */
export interface StatesRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** Where every descent begins. */
  start: Start;
  /** The optimizers to run. */
  optimizers: (GdOptimizerChoice | SgdOptimizerChoice | MomentumOptimizerChoice | NesterovOptimizerChoice | AdagradOptimizerChoice | RmspropOptimizerChoice | AdadeltaOptimizerChoice | AdamOptimizerChoice | AdamwOptimizerChoice | AdamaxOptimizerChoice | NadamOptimizerChoice | RadamOptimizerChoice | AdabeliefOptimizerChoice | RpropOptimizerChoice | LionOptimizerChoice | EveOptimizerChoice | YellowfinOptimizerChoice | AsgdOptimizerChoice | ScheduleFreeSgdOptimizerChoice | ScheduleFreeAdamwOptimizerChoice | SamOptimizerChoice | LbfgsOptimizerChoice | NewtonOptimizerChoice)[];
  /** The noise in the gradients. */
  noise?: GradientNoise;
  /** The first of the steps, counted from 1. */
  first?: number;
  /** How many steps, the first included. */
  count?: number;
}

/** The states of several optimizers on their ways from one start. */
export interface StatesResponse {
  /** The first step that was asked for. */
  first: number;
  /** The states, in the request's order. */
  states: States[];
}

/** How many descents ended in which way, see `DescentStatus`. */
export interface StatusCounts {
  /** Arrived at a smooth minimum and came to rest. */
  converged: number;
  /** Came to rest elsewhere. */
  stationary: number;
  /** Took all of their steps, whether they arrived or not. */
  exhausted: number;
  /** Not finite, or beyond every bound. */
  diverged: number;
}

/** Steps. Lowers the learning rate by a factor after every so many steps. */
export interface StepScheduleChoice {
  /** Chooses the schedule: Steps. */
  id: "step";
  /**
   * After how many steps the learning rate is lowered. If it is null: 0.25 times the steps of
   * the descent, rounded up.
   */
  step_size?: number | null;
  /** What the learning rate is multiplied by each time. */
  gamma?: number;
}

/** The stories: statements about optimizers, each with measurements. */
export interface StoriesResponse {
  /** The stories, in the page's order. */
  stories: Story[];
}

/** A statement about optimizers, with measurements. */
export interface Story {
  /** The story's name. */
  id: string;
  /** The statement in a few words. */
  title: string;
  /** The statement, in the article's words. */
  claim: string;
  /** Whether the statement is true. */
  verdict: StoryVerdict;
  /** The numbers behind the verdict, in a line. */
  evidence: string;
  /** The readings of the statement that contradict each other; empty unless it is contested. */
  sides: StorySide[];
  /** The share of starts that show it, in the settings of `view`, 0 to 1. */
  share: number;
  /** What was measured. */
  explanation: string;
  /** The numbers. */
  table: StoryTable;
  /** The settings that show it. */
  view: StoryView;
}

/** A column of a story's table. */
export interface StoryColumn {
  /** The column's title. */
  name: string;
  /** The unit; a share is from 0 to 1. */
  unit: "share" | "steps" | "turns" | "distance" | "rate";
}

/** The descents of one optimizer under many seeds. */
export interface StoryEnsemble {
  /** The optimizer's id. */
  optimizer: string;
  /** How many seeds, from `noise.seed` on. */
  seeds: number;
}

/** The noise in the gradients. */
export interface StoryNoise {
  /** The standard deviation of one coordinate of a one-sample gradient. */
  std: number;
  /** The samples that a gradient averages. */
  batch_size: number;
  /** The seed of the noise. */
  seed: number;
  /** Whether every optimizer but gd sees the noise, not sgd alone. */
  all: boolean;
}

/** An optimizer with all its settings. */
export interface StoryOptimizer {
  /** The optimizer's id. */
  id: string;
  /** The value of every hyperparameter, by id. */
  hyperparameters: Record<string, number | boolean>;
  /** The most steps of the descent. */
  steps: number;
}

/** A row of a story's table. */
export interface StoryRow {
  /** The row's title. */
  label: string;
  /** One number a column; null where there is nothing to count. */
  values: (number | null)[];
  /** The settings of this row; null if they are the story's own. */
  view: StoryView | null;
}

/** A reading of a contested statement. */
export interface StorySide {
  /** What the statement means by it. */
  reading: string;
  /** Whether it is then true. */
  verdict: StoryVerdict;
  /** The numbers behind the verdict, in a line. */
  evidence: string;
}

/** The start that a story shows. */
export interface StoryStart {
  /** The first coordinate. */
  x: number;
  /** The second coordinate. */
  y: number;
}

/** The numbers behind a story. */
export interface StoryTable {
  /** The columns. */
  columns: StoryColumn[];
  /** The rows. */
  rows: StoryRow[];
}

/** A story by its name. */
export interface StoryTitle {
  /** The story's name in links. */
  id: string;
  /** The story's title. */
  title: string;
}

/**
 * `holds`: true in the article's settings, and from most starts in most of the settings tested.
 * `holds only here`: true in the article's settings, but not in most of those tested. `holds
 * elsewhere`: not true in the article's settings, but from most starts in others that were
 * tested. `contested`: readings of the statement lead to different verdicts. `does not hold`:
 * true in none of the settings tested.
 */
export type StoryVerdict = "holds" | "holds only here" | "holds elsewhere" | "contested" | "does not hold";

/** What the page shows when a story is opened. */
export interface StoryView {
  /** The objective's id. */
  objective: string;
  /** The parameters that are not at default, by id. */
  parameters: Record<string, number>;
  /** The start. */
  start: StoryStart;
  /** The optimizers. */
  optimizers: StoryOptimizer[];
  /** The noise. */
  noise: StoryNoise;
  /** How the objective is drawn. */
  surface: "contour" | "3d";
  /** The optimizer whose basin map is drawn; null if none is. */
  basins: string | null;
  /** The ensemble that is drawn; absent if none is. */
  ensemble?: StoryEnsemble;
  /** The optimizer whose stability is shown; absent if none is. */
  stability?: string;
}

/** What a gallery says of a study. */
export interface StudyAbout {
  /** What it is. */
  title: string;
  /** What it is about; empty if its author did not say. */
  text: string;
}

/** Styblinski–Tang, and its settings. */
export interface StyblinskiTangObjectiveChoice {
  /** Chooses Styblinski–Tang. */
  id: "styblinski-tang";
  /** The parameters that are not at default. */
  parameters?: StyblinskiTangParameters;
}

/** The parameters of Styblinski–Tang. */
export interface StyblinskiTangParameters {
}

/** A loss over the plane. */
export interface Surface {
  /** The surface's name. */
  id: string;
  /** Its name for people; null if the id says enough. */
  label?: string | null;
  /** The samples: those for training, those for testing, or others. */
  split: string;
  /** The samples over which the loss is a mean; null if not known. */
  images: number | null;
  /**
   * The names of its arrays, by what they hold: one for each metric, and those of convexity, or
   * the mask `computed` while the landscape is incomplete.
   */
  arrays: Record<string, string>;
  /** The lowest finite loss; null if there is none, or it is incomplete. */
  lowest: number | null;
  /** The highest finite loss; null if there is none, or it is incomplete. */
  highest: number | null;
  /** The points whose loss is not finite; null while it is incomplete. */
  not_finite: number | null;
  /** The local minima on the grid; null while it is incomplete. */
  minima: number | null;
  /** Those of them on the grid's border; null while it is incomplete. */
  minima_on_border: number | null;
  /** The relative difference of losses that counts as none. */
  noise?: number | null;
  /** The correlation with the loss on the whole training set; null if not computed. */
  correlation: number | null;
}

/** One axis of a surface's grid. */
export interface SurfaceAxis {
  /** The first coordinate. */
  min: number;
  /** The last coordinate, greater than `min`. */
  max: number;
  /** How many coordinates. */
  count: number;
}

/** An objective on a grid. */
export interface SurfaceRequest {
  /** The function to minimize: one of the table, or a typed one. */
  objective: TwoGaussianBowlObjectiveChoice | RastriginObjectiveChoice | RosenbrockObjectiveChoice | HimmelblauObjectiveChoice | BealeObjectiveChoice | AckleyObjectiveChoice | StyblinskiTangObjectiveChoice | GoldsteinPriceObjectiveChoice | ThreeHumpCamelObjectiveChoice | SixHumpCamelObjectiveChoice | QuadraticObjectiveChoice | SaddleObjectiveChoice | HyperbolicValleyObjectiveChoice | TypedObjectiveChoice;
  /** The grid along x. */
  x: SurfaceAxis;
  /** The grid along y. */
  y: SurfaceAxis;
  /** The type of `z`: `f4`, rounded to single precision, is half as long. */
  dtype?: "f8" | "f4";
}

/** An objective's values on a grid. */
export interface SurfaceResponse {
  /** The grid's coordinates along x, ascending. */
  x: TypedArray;
  /** The grid's coordinates along y, ascending. */
  y: TypedArray;
  /** The values: `z[j, i]` is that at `(x[i], y[j])`. */
  z: TypedArray;
  /** The objective's minima. */
  minima: Minimum[];
  /** Whether no minimum is listed because there are too many, or none is isolated. */
  too_many_minima: boolean;
  /** Values for contour lines, ascending. */
  levels: number[];
  /** How the levels are spaced: evenly, or evenly in the logarithm. */
  scale: "linear" | "log";
}

/** The result of one optimizer on one objective, at its learning rate. */
export interface SweepCell {
  /** The objective's id. */
  objective: string;
  /** The optimizer's id. */
  optimizer: string;
  /** The rate; the optimizer's default if no rate works. */
  lr: number;
  /** Whether any rate arrives at a global minimum from any tuning start. */
  works: boolean;
  /**
   * Whether the rate is the first or the last that is tried, so that a better one may lie
   * beyond.
   */
  at_edge: boolean;
  /** What decides the rate. */
  tuned: SweepTuned;
  /** The scored descents that arrive at a global minimum. */
  arrived: number;
  /** Their share of all scored descents, 0 to 1. */
  share: number;
  /** The lower limit of the share's Wilson interval. */
  low: number;
  /** The upper limit of the share's Wilson interval. */
  high: number;
  /** The median step of arrival, in gradients; null if no scored descent arrives. */
  steps: number | null;
  /**
   * 1 more than the number of optimizers that are ahead beyond a tie, so that all that tie with
   * the largest share have 1; null if no rate works.
   */
  rank: number | null;
  /**
   * The ids of the optimizers that it ties with: the paired bootstrap interval of the
   * difference of their shares holds 0. Ties are not transitive.
   */
  ties: string[];
  /**
   * Whether the optimizer's default weight decay pulls to the origin and a global minimum lies
   * there: the share then says less about the rule.
   */
  decays_to_minimum: boolean;
}

/** The noise during the sweep. */
export interface SweepNoise {
  /** The standard deviation of one coordinate of a one-sample gradient. */
  std: number;
  /** The samples that a gradient averages. */
  batch_size: number;
}

/** The learning rate of every optimizer on every objective, and who wins where. */
export interface SweepResponse {
  /** How rates are chosen, scored and ranked, in words. */
  rule: string;
  /** The gradients of a descent, its steps unless a step takes several. */
  budget: number;
  /** How rates are chosen. */
  tuning: SweepTuning;
  /** How optimizers are compared at their rates. */
  scoring: SweepScoring;
  /** The noise that stochastic gradient descent meets. */
  noise: SweepNoise;
  /** One result for each pair of objective and optimizer. */
  cells: SweepCell[];
}

/** The descents that compare optimizers, each at its rate. */
export interface SweepScoring {
  /** The starts: scrambled Sobol points of the domain. */
  starts: number;
  /** The seed of their scrambling. */
  scramble: number;
  /** The seed of the noise, from which each start derives its own. */
  seed: number;
  /** The confidence of all intervals, 0 to 1. */
  confidence: number;
  /** The resamples of a bootstrap interval. */
  resamples: number;
  /** The seed of the resampling. */
  resampling_seed: number;
}

/** What decides a rate. */
export interface SweepTuned {
  /** The tuning descents that arrive at a global minimum at this rate. */
  arrived: number;
  /** The tuning descents at each rate. */
  descents: number;
  /**
   * The median distance from their last point to the nearest global minimum; null if it is not
   * finite, or if no rate works.
   */
  distance: number | null;
  /**
   * The lowest good rate: from there to `good_high` each rate that was tried has at least 0.9
   * times as many arrivals; null if no rate works, and where a line search takes the place of
   * tuning.
   */
  good_low: number | null;
  /** The highest good rate; null where `good_low` is. */
  good_high: number | null;
}

/** The descents that choose a rate. */
export interface SweepTuning {
  /** The starts: a random point in each of as many equal cells of the domain. */
  starts: number;
  /** The seed of their places in the cells. */
  scatter: number;
  /** The rates that are tried, ascending. */
  rates: number[];
  /**
   * The seeds of the noise. An optimizer that meets noise runs from every start under each of
   * them, the others once.
   */
  seeds: number[];
}

/** A cell of a table: accuracies over seeds, in percent. */
export interface TableCell {
  /** The run's id. */
  run: string;
  /** The row's title. */
  row: string;
  /** The column's title. */
  column: string;
  /** The mean; null if not finite. */
  mean: number | null;
  /** The lowest; null if not finite. */
  low: number | null;
  /** The highest; null if not finite. */
  high: number | null;
  /** The paper's number; null if it prints none. */
  paper: number | null;
  /**
   * Where the first seed's accuracy reached the paper's; null if it prints none, if the run
   * ends below it, or if this was not measured.
   */
  paper_reached?: PaperPoint | null;
}

/** How the accuracies of a table compare with the highest mean of the whole table. */
export interface TableStandings {
  /** The id of the run with the highest mean. */
  highest: string;
  /** The comparisons for which the intervals are corrected. */
  comparisons: number;
  /** The rule in words. */
  rule: string;
  /** The runs, in the order of the cells. */
  runs: RunStanding[];
}

/** Three-hump camel, and its settings. */
export interface ThreeHumpCamelObjectiveChoice {
  /** Chooses Three-hump camel. */
  id: "three-hump-camel";
  /** The parameters that are not at default. */
  parameters?: ThreeHumpCamelParameters;
}

/** The parameters of Three-hump camel. */
export interface ThreeHumpCamelParameters {
}

/** An objective as a small picture: the smallest square around its domain, at its defaults. */
export interface Thumbnail {
  /** The objective's name in requests. */
  objective: string;
  /** How many contour levels the picture has. */
  levels: number;
  /**
   * Where each point stands among the levels, rows from the smallest y upwards: 0 is one level
   * below the first, 255 one above the last, linear between levels.
   */
  numbers: TypedArray;
}

/** All objectives as small pictures. */
export interface ThumbnailsResponse {
  /** The pictures, in the page's order. */
  thumbnails: Thumbnail[];
}

/** The path of a run on the plane. */
export interface Trajectory {
  /** The run's id. */
  run: string;
  /** The names of its arrays, by what they hold. */
  arrays: Record<string, string>;
  /**
   * The share of the path's energy about its own end that lies in the plane, 0 to 1; null if it
   * never moved, or not measured.
   */
  energy_about_end?: number | null;
  /**
   * The share of the squared distance from its start to its end that lies in the plane, 0 to 1;
   * null if not measured.
   */
  displacement?: number | null;
  /** The distance of its end from the plane; null if not measured. */
  end_distance?: number | null;
  /** What the plane would show of random walks in place of the runs; null if not measured. */
  random_walks?: RandomWalks | null;
}

/** Two-Gaussian bowl, and its settings. */
export interface TwoGaussianBowlObjectiveChoice {
  /** Chooses Two-Gaussian bowl. */
  id: "two-gaussian-bowl";
  /** The parameters that are not at default. */
  parameters?: TwoGaussianBowlParameters;
}

/** The parameters of Two-Gaussian bowl. */
export interface TwoGaussianBowlParameters {
  /** Depth of the right well */
  a?: number;
  /** Depth of the left well */
  b?: number;
  /** Squared width of the right well */
  c?: number;
  /** Squared width of the left well */
  d?: number;
}

/** An array of numbers, as its bytes. */
export interface TypedArray {
  /**
   * The type of a number: float64 (`f8`), float32 (`f4`), int32 (`i4`), int16 (`i2`) or uint8
   * (`u1`).
   */
  dtype: "f8" | "f4" | "i4" | "i2" | "u1";
  /** The numbers, little-endian and in C order, as base64. */
  bdata: string;
  /** The array's lengths, separated by commas. */
  shape: string;
}

/** The part of the plane in which minima of a typed function are searched. */
export interface TypedDomain {
  /** The range of x. */
  x: DomainSide;
  /** The range of y. */
  y: DomainSide;
}

/** A typed function as the page shows it, or its fault. */
export interface TypedFunctionResponse {
  /**
   * The function in the form of the table; its id is `own-function`. Null if the text is not a
   * function.
   */
  objective: Objective | null;
  /** The first fault; null if there is none. */
  fault: FunctionFault | null;
  /**
   * What counts as the derivative where it does not exist, a sentence for each kind of such
   * places; empty for a smooth function.
   */
  rules: string[];
}

/** A typed function, and those of its parameters that are not at their defaults. */
export interface TypedObjectiveChoice {
  /**
   * f(x, y) with + - * / ^, parentheses, numbers, sin cos tan exp log sqrt abs tanh min max, pi
   * and e. Other names are parameters, to which settings after a semicolon give a default and a
   * range: `a*x^2 + y^2; a = 2 in [0, 5]`.
   */
  expression: string;
  /** Where its minima are searched; from -5 to 5 if absent. */
  domain?: TypedDomain;
  /** The parameters' values by name, within their ranges. */
  parameters?: Record<string, number>;
}

/** A landscape that is damaged. */
export interface UnavailableLandscape {
  /** The name of its folder. */
  id: string;
  /** What is wrong with it. */
  reason: string;
}

/** A file in a folder of lessons that is no lesson. */
export interface UnavailableLesson {
  /** The name of the file, without its ending. */
  id: string;
  /** The file, its faulty fields and their faults. */
  reason: string;
}

/** How many of a network's parameters vary. */
export interface VaryingParameters {
  /** The names that were asked for, with the wildcards of a shell; null for all. */
  patterns: string[] | null;
  /** The parameters that vary. */
  varying: number;
  /** All parameters. */
  total: number;
  /** The parameters that training does not change either. */
  frozen: number;
}

/** A quantity that is one number for each coordinate in each step. */
export interface Vector {
  /** The quantity's name, unique within the optimizer. */
  id: string;
  /** The quantity's symbol in plain text. */
  text: string;
  /** The quantity's symbol, as in the optimizer's formula. */
  symbol: Formula;
  /** What the quantity is. */
  description: string;
  /** Those of the first coordinate. */
  x: TypedArray;
  /** Those of the second coordinate. */
  y: TypedArray;
}

/** A stay within the arrival distance of a minimum. */
export interface Visit {
  /** The minimum, as an index into `minima`. */
  minimum: number;
  /** The first step of the stay. */
  first: number;
  /** The last step of the stay. */
  last: number;
}

/** The hyperparameters of YellowFin. */
export interface YellowfinHyperparameters {
  /** What the learning rate that was measured is multiplied by. */
  lr?: number;
  /** How much of the averages of curvature, variance and distance is kept. */
  beta?: number;
  /** Keeps divisions finite where gradients vanish. */
  eps?: number;
}

/** YellowFin, and its settings. */
export interface YellowfinOptimizerChoice {
  /** Chooses YellowFin. */
  id: "yellowfin";
  /** The hyperparameters that are not at default. */
  hyperparameters?: YellowfinHyperparameters;
  /**
   * The gradients that the descent may take; where a step takes one, as most optimizers' do,
   * its steps.
   */
  steps?: number;
  /** What the learning rate is multiplied by at each step. */
  schedule?: ConstantScheduleChoice | StepScheduleChoice | MultistepScheduleChoice | ExponentialScheduleChoice | CosineScheduleChoice | LinearScheduleChoice | OnecycleScheduleChoice | RestartsScheduleChoice;
}
