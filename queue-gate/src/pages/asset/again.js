// Tries again after the time that the gate asked for, give or take half of it, so that not all who were refused come back at once.
const { retry } = document.getElementById('problem').dataset;
setTimeout(() => location.reload(), retry * 1000 * (0.5 + Math.random()));
