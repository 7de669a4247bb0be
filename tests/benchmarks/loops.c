/*
 * The loop of backend/descent_atlas/simulation/descent.py in C: five optimizers on the two-Gaussian
 * bowl, with the same rules, switches and noise, writing the same path until it diverges. Each
 * optimizer's loop is its own function, with the rule inlined into it, as Numba compiles ours.
 */

#include <math.h>
#include <stdint.h>

static const double DIVERGENCE_BOUND = 1e6;

#define INLINE static inline __attribute__((always_inline))

/* p = (a, b, c, d): depths and squared widths of the wells. */
INLINE double value_and_gradient(double x, double y, const double *p, double *fx, double *fy)
{
    double a = p[0], b = p[1], c = p[2], d = p[3];
    double right = a * exp(-((x - 1) * (x - 1) + y * y) / c);
    double left = b * exp(-((x + 1) * (x + 1) + y * y) / d);
    *fx = 2 * x + 2 * (x - 1) / c * right + 2 * (x + 1) / d * left;
    *fy = 2 * y + 2 * y / c * right + 2 * y / d * left;
    return x * x + y * y - right - left;
}

/* Philox4x64-10 with key (seed, 0) and counter (step, 0, 0, 0), then Box and Muller. */
INLINE void normal_pair(uint64_t seed, uint64_t step, double *first, double *second)
{
    uint64_t c0 = step, c1 = 0, c2 = 0, c3 = 0, k0 = seed, k1 = 0;
    for (int round = 0; round < 10; round++) {
        unsigned __int128 p0 = (unsigned __int128)0xD2E7470EE14C6C93u * c0;
        unsigned __int128 p1 = (unsigned __int128)0xCA5A826395121157u * c2;
        c0 = (uint64_t)(p1 >> 64) ^ c1 ^ k0;
        c1 = (uint64_t)p1;
        c2 = (uint64_t)(p0 >> 64) ^ c3 ^ k1;
        c3 = (uint64_t)p0;
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    double radius = sqrt(-2 * log(((c0 >> 11) + 1.0) * 0x1p-53));
    double angle = 2 * M_PI * ((c1 >> 11) * 0x1p-53);
    *first = radius * cos(angle);
    *second = radius * sin(angle);
}

/* The state of one coordinate, before the first step all zero; each rule uses some of it. */
typedef struct {
    double v, m, b, c1, c2, v_max;
} State;

typedef double Rule(double theta, double g, int t, State *s, const double *h);

INLINE double root_of(double v, double eps, double eps_inside_root)
{
    return eps_inside_root != 0 ? sqrt(v + eps) : sqrt(v) + eps;
}

/* h = (lr) */
INLINE double gradient_descent(double theta, double g, int t, State *s, const double *h)
{
    (void)t, (void)s;
    return theta - h[0] * g;
}

/* h = (lr, momentum, dampening, weight_decay, dampen_first_step) */
INLINE double momentum(double theta, double g, int t, State *s, const double *h)
{
    g += h[3] * theta;
    s->v = t == 1 && h[4] == 0 ? g : h[1] * s->v + (1 - h[2]) * g;
    return theta - h[0] * s->v;
}

/* h = (lr, alpha, eps, momentum, weight_decay, centered, eps_inside_root) */
INLINE double rmsprop(double theta, double g, int t, State *s, const double *h)
{
    (void)t;
    g += h[4] * theta;
    s->v = h[1] * s->v + (1 - h[1]) * g * g;
    s->m = h[1] * s->m + (1 - h[1]) * g;
    double variance = h[5] != 0 ? s->v - s->m * s->m : s->v;
    s->b = h[3] * s->b + g / root_of(variance, h[2], h[6]);
    return theta - h[0] * s->b;
}

/* h = (lr, beta1, beta2, eps, weight_decay, amsgrad, bias_correction, eps_inside_root) */
INLINE double adam(double theta, double g, int t, State *s, const double *h)
{
    (void)t;
    g += h[4] * theta;
    s->m = h[1] * s->m + (1 - h[1]) * g;
    s->v = h[2] * s->v + (1 - h[2]) * g * g;
    s->c1 = h[1] * s->c1 + (1 - h[1]);
    s->c2 = h[2] * s->c2 + (1 - h[2]);
    s->v_max = s->v_max > s->v ? s->v_max : s->v;
    double m_hat = s->m, v_hat = h[5] != 0 ? s->v_max : s->v;
    if (h[6] != 0) {
        m_hat /= s->c1;
        v_hat /= s->c2;
    }
    return theta - h[0] * m_hat / root_of(v_hat, h[3], h[7]);
}

/* Walk from (x, y); path is double[3][steps + 1]. Return the last step. */
INLINE int walk(Rule *rule, const double *p, const double *h, double noise_scale, uint64_t seed,
                double x, double y, int steps, double *path)
{
    double *path_x = path, *path_y = path + steps + 1, *loss = path + 2 * (steps + 1);
    State sx = {0}, sy = {0};
    double fx, fy, f = value_and_gradient(x, y, p, &fx, &fy);
    path_x[0] = x, path_y[0] = y, loss[0] = f;
    for (int t = 1; t <= steps; t++) {
        if (noise_scale > 0) {
            double nx, ny;
            normal_pair(seed, t, &nx, &ny);
            fx += noise_scale * nx;
            fy += noise_scale * ny;
        }
        x = rule(x, fx, t, &sx, h);
        y = rule(y, fy, t, &sy, h);
        f = value_and_gradient(x, y, p, &fx, &fy);
        path_x[t] = x, path_y[t] = y, loss[t] = f;
        if (!(fabs(x) <= DIVERGENCE_BOUND && fabs(y) <= DIVERGENCE_BOUND && isfinite(f)))
            return t;
    }
    return steps;
}

#define DEFINE_DESCENT(name, rule)                                                             \
    int name(const double *p, const double *h, double noise_scale, uint64_t seed, double x,    \
             double y, int steps, double *path)                                                \
    {                                                                                          \
        return walk(rule, p, h, noise_scale, seed, x, y, steps, path);                         \
    }

DEFINE_DESCENT(descend_gd, gradient_descent)
DEFINE_DESCENT(descend_sgd, gradient_descent)
DEFINE_DESCENT(descend_momentum, momentum)
DEFINE_DESCENT(descend_rmsprop, rmsprop)
DEFINE_DESCENT(descend_adam, adam)
