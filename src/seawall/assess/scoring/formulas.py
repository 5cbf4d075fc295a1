"""The ids of the formulas. A changed formula gets a new id; stored scores keep the old one."""

RATE = "rate-gamma-1"
RATE_ERRORS = "rate-errors-1"
SUCCESS = "success-jeffreys-1"
JUDGE = "judge-audit-1"
CAMPAIGN = "campaign-1"
COVERAGE = "coverage-mix-1"
CHAIN = "chain-beta-1"
LOSS = "loss-lognormal-2"
YEAR = "year-poisson-1"
PORTFOLIO = "portfolio-shock-1"
EFFECT = "effect-ratio-1"
LAYERS = "layers-half-1"
BAND = "band-p95-1"
GATE = "gate-ucb95-1"
ROSI = "rosi-1"

FORMULAS: dict[str, str] = {
    RATE: "lambda ~ Gamma(a0 + k, b0 + T * rho), campaigns a year",
    RATE_ERRORS: "lambda = requests a year * Beta(a, b), for failures nobody provokes",
    SUCCESS: "p = sum w_f * Beta(1/2 + s', 1/2 + n' - s'), "
    "n' = n / (1 + (m - 1) * icc) * 2^(-age / 90 days)",
    JUDGE: "p = flag * confirmed + (1 - flag) * missed, each a Jeffreys posterior",
    CAMPAIGN: "P = 1 - (1 - p)^k",
    COVERAGE: "p_dep = c * p_on + (1 - c) * p_off",
    CHAIN: "LEF = lambda * P * q, q ~ Beta(a, b)",
    LOSS: "X = response + records * unit + downtime + 1[fine] * min(LN, cap) + litigation + "
    "min(churn, turnover); mu = (ln L + ln U) / 2, sigma = (ln U - ln L) / 3.29",
    YEAR: "S = sum of N losses X, N ~ Poisson(LEF)",
    PORTFOLIO: "S = sum over risks, plus losses of years in which a common cause hits them all",
    EFFECT: "e = 1 - p_on / p_off",
    LAYERS: "1 - e = 1/2 * prod(1 - e_j) + 1/2 * (1 - max e_j)",
    BAND: "P95 / appetite against 5%, 20%, 50%, 100%",
    GATE: "UCB95(p_dep) <= tau(severity), the worst probe of a risk counting",
    ROSI: "(fall of ALE - cost) / cost",
}
