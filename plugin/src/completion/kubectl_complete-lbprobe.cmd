@rem kubectl asks this what may follow `kubectl lbprobe`.
@kubectl-lbprobe.exe __complete %*
