# AUROC by pROC, to proc.json beside this file.
# Run: Rscript tests/oracles/proc_figures.R > tests/oracles/proc.json
suppressMessages(library(pROC))

drawn <- numeric(900)
state <- 42
for (i in seq_along(drawn)) {
  state <- (16807 * state) %% 2147483647
  drawn[i] <- state %% 1000
}
x <- matrix(drawn, ncol = 3, byrow = TRUE)
first <- (x[, 1] * x[, 1]) %/% 1200 + 5
second <- ((first + x[, 2] %/% 3) %/% 2) %/% 20 * 20 + 10
y <- as.integer(x[, 3] < first)

curve <- function(risk) roc(y, risk, levels = c(0, 1), direction = "<", quiet = TRUE)
one <- curve(first)
other <- curve(second)
test <- roc.test(one, other, method = "delong", paired = TRUE)
number <- function(value) format(as.numeric(value), digits = 15)
cat(sprintf(
  '{"made_by": "pROC %s", "events": %d, "first": {"auroc": %s, "error": %s}, "second": {"auroc": %s, "error": %s}, "z": %s, "p": %s}\n',
  packageVersion("pROC"), sum(y), number(auc(one)), number(sqrt(var(one))), number(auc(other)), number(sqrt(var(other))),
  number(test$statistic), number(test$p.value)
))
