import { expect, test } from 'vitest';
import { guestRecipe, imageId } from './recipe.ts';

test('an image is named by its recipe: another Node or package makes another image', () => {
  const recipe = guestRecipe('24.0.0');
  expect(imageId(recipe)).toBe(imageId(guestRecipe('24.0.0')));
  expect(imageId(recipe)).not.toBe(imageId(guestRecipe('24.0.1')));
  expect(imageId(recipe)).not.toBe(imageId({ ...recipe, packages: [...recipe.packages, 'nginx'] }));
  expect(imageId(recipe)).toMatch(/^[0-9a-f]{16}$/);
});
