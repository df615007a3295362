"""CloudFormation's custom resources, with the real functions behind them."""
