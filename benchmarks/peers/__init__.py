"""One film by four ways: ours, its bare encode, moviepy as it is usually written, MoneyPrinterTurbo's chain."""
