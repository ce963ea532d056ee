"""Statistics kernels: numpy in, frozen dataclasses out. No Django, no clock, no global randomness.

types, weights              the values the kernels take and return
alpha, gwet, conger, cohen  coefficients of agreement; `agreement` reports them all, `rater_pairs` each two raters
resampling, bootstrap, intervals, linearised   uncertainty
consensus, dawid_skene      what raters say together
confusion, references, scorecard, leave_one_out, rivals   labelers against raters
paired, multiplicity        two labelers on the same items; several tests at once
contests, alt_test, alt_test_power   a model in a rater's place
prevalence, rectified, bounds, prevalence_report   how frequent something is
calibrators, calibration, level_calibration, calibration_error, calibration_report   probabilities worth the name
selective, conformal        what may rest on them
fidelity                    probabilities against probabilities
planning                    items, ratings and hours before rating starts
laws, registry              the laws that every kernel obeys or breaks, and why
coverage, coverage_designs  whether the intervals hold what they promise
"""
